package awsconfig

import (
	"cmp"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// TestTold: what is wrong is said so that it can be mended, and holds no secret.
func TestTold(t *testing.T) {
	var status int
	var answer string
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer refusing.Close()
	at := strings.TrimPrefix(refusing.URL, "http://")
	const signOn = "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://"
	const role = "[default]\nrole_arn = " + arn + "\naws_access_key_id=a\naws_secret_access_key=s3cr3t\n"
	sts := func(code string) string {
		return "<ErrorResponse><Error><Code>" + code + "</Code><Message>s3cr3t is not authorized</Message></Error></ErrorResponse>"
	}
	sso := func(code string) string { return `{"__type":"` + code + `","message":"s3cr3t token"}` }
	for _, test := range []struct {
		name                string
		env                 []string
		config, credentials string
		status              int    // of the services' answer,
		answer              string // which this is
		want, hint          string
		kind                object.Kind // 0: Denied
		failed              bool        // of the kind Failed
	}{
		{name: "no profile", env: []string{"AWS_PROFILE=other"}, want: `there is no profile "other"`},
		{name: "half a key", credentials: "[default]\naws_access_key_id = s3cr3t\n", want: `the profile "default" has one of aws_access_key_id and aws_secret_access_key, and not the other`},
		{name: "no source", config: "[default]\nrole_arn = " + arn + "\nsource_profile = x\n", want: `there is no profile "x", which "default" takes as its source`},
		{name: "empty source", config: "[default]\nrole_arn = " + arn + "\nsource_profile = x\n[profile x]\n", want: `the profile "x", which "default" takes as its source, has no credentials`},
		{name: "no role", config: "[default]\nsource_profile = x\n", want: `the profile "default" has source_profile and no role_arn`},
		{name: "device", config: "[default]\nrole_arn = " + arn + "\nmfa_serial = x\naws_access_key_id=a\naws_secret_access_key=s3cr3t\n", want: "the role " + arn + " wants a code of a device, which is asked for nowhere here; log in with Amazon's tools, and export the credentials"},
		{name: "empty environment", config: "[default]\nrole_arn = " + arn + "\ncredential_source = Environment\n", want: "credential_source is Environment, and AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set"},
		{name: "no session", config: "[default]\nsso_session = x\n", want: `there is no sso-session "x", which the profile "default" names`},
		{name: "nothing but a role", config: "[default]\nsso_account_id = 1\n", want: `the profile "default" signs on, and has no sso_region`},
		{name: "region that is none", env: []string{"AWS_ENDPOINT_URL_SSO="}, config: signOn + "x\nsso_region = a/b\n", want: `"a/b" is no region`},

		{name: "role refused", config: role, status: 403, answer: sts("AccessDenied"), want: "the role " + arn + " cannot be taken (AccessDenied)", hint: "check whom the role trusts, and what the credentials may do"},
		{name: "role without a reason", config: role, status: 400, answer: "s3cr3t", want: "the role " + arn + " cannot be taken", hint: "check whom the role trusts, and what the credentials may do"},
		{name: "token that has ended", config: role, status: 400, answer: sts("ExpiredToken"), want: "the role " + arn + " cannot be taken (ExpiredToken)", hint: "what shows who takes it has ended: get a new token, or new credentials"},
		{name: "clock", config: role, status: 403, answer: sts("SignatureDoesNotMatch"), want: "the role " + arn + " cannot be taken (SignatureDoesNotMatch)", hint: "check the secret key of the credentials that take it, and this machine's clock"},
		{name: "too many roles", config: role, status: 400, answer: sts("Throttling"), want: "the service for credentials, " + at + " cannot do it now (Throttling)", kind: object.Busy},
		{name: "no roles today", config: role, status: 503, want: "the service for credentials, " + at + " cannot do it now", kind: object.Busy},
		{name: "a proxy's page for a role", config: role, status: 200, answer: "<html>s3cr3t</html>", want: "the answer of the service for credentials makes no sense"},
		{name: "nobody gives roles", config: role, env: []string{"AWS_ENDPOINT_URL_STS=http://127.0.0.1:1"}, want: "no connection to the service for credentials, 127.0.0.1:1: nothing answers at its address", kind: object.Silent},

		{name: "sign-on that has ended", config: signOn + "company.test\n", status: 401, answer: sso("UnauthorizedException"), want: `nobody is logged in to the profile "default" any more`, hint: "log in with `aws sso login --profile default`"},
		{name: "sign-on that was never begun", config: signOn + "never.test\n", want: `nobody is logged in to the profile "default" any more`, hint: "log in with `aws sso login --profile default`"},
		{name: "another's role", config: signOn + "company.test\n", status: 403, answer: sso("ForbiddenException"), want: `the profile "default" names an account or a role that its user does not have (ForbiddenException)`},
		{name: "no such account", config: signOn + "company.test\n", status: 404, answer: sso("ResourceNotFoundException"), want: `the profile "default" names an account or a role that its user does not have (ResourceNotFoundException)`},
		{name: "sign-on that makes no sense", config: signOn + "company.test\n", status: 400, answer: sso("InvalidRequestException"), want: at + " gives no credentials (InvalidRequestException)"},
		{name: "too many sign-ons", config: signOn + "company.test\n", status: 429, answer: sso("TooManyRequestsException"), want: "the service for credentials, " + at + " cannot do it now (TooManyRequestsException)", kind: object.Busy},
		{name: "a proxy's page for a sign-on", config: signOn + "company.test\n", status: 200, answer: "<html>s3cr3t</html>", want: "the answer of the service for credentials makes no sense"},
		{name: "login that has ended", config: "[default]\nlogin_session = arn:aws:iam::1:user/x\n", want: `nobody is logged in to the profile "default" any more`, hint: "log in with `aws login --profile default`"},
		{
			name: "login without Amazon's command line", config: "[default]\nlogin_session = arn:aws:iam::1:user/x\n", env: []string{"PATH=$HOME/none"},
			want: `the credentials of the profile "default" come from Amazon's command line, aws, which is not installed`,
		},
		{name: "token that is not there", env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=$HOME/none", "AWS_ROLE_ARN=" + arn}, want: "the token of web identity in $HOME/none cannot be read"},
		{name: "container elsewhere", env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/s3cr3t"}, want: `credentials come over HTTP from this machine alone, not from "192.0.2.1"`},
		{
			name: "container nowhere", env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://pod..invalid/s3cr3t"},
			want: `no connection to the service for credentials, pod..invalid: there is no host "pod..invalid"`, failed: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := test.env
			if test.status != 0 {
				env = append(env, "AWS_ENDPOINT_URL_STS="+refusing.URL, "AWS_ENDPOINT_URL_SSO="+refusing.URL)
			}
			status, answer = test.status, test.answer
			home := arrange(t, env, test.config, test.credentials)
			_, err := ours(t.Context(), home)
			if err == nil {
				t.Fatal("no error")
			}
			told, hint := err.Error(), ""
			if e, ok := errors.AsType[*object.Error](err); ok {
				told, hint = e.Error(), e.Hint // what is shown of it
				want := cmp.Or(test.kind, object.Denied)
				if test.failed {
					want = object.Failed
				}
				if e.Kind != want {
					t.Errorf("kind %d, want %d", e.Kind, want)
				}
			}
			if want := strings.ReplaceAll(test.want, "$HOME", home); told != want || hint != test.hint {
				t.Errorf("told %q, hint %q; want %q, %q", told, hint, want, test.hint)
			}
			if strings.Contains(told+hint, "s3cr3t") {
				t.Errorf("a secret was told: %s", told)
			}
		})
	}
}

// TestExported: where only Amazon's command line knows the way, it is asked.
func TestExported(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	for name, config := range map[string]string{
		"login":   "[profile work]\nlogin_session = arn:aws:iam::1:user/x\n",
		"sign-on": "[profile work]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://ended.test\n",
	} {
		t.Run(name, func(t *testing.T) {
			home := arrange(t, []string{"AWS_PROFILE=work"}, config, "")
			script := "#!/bin/sh\n" + `echo "{\"Version\":1,\"AccessKeyId\":\"$*\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}"` + "\n"
			if err := os.WriteFile(filepath.Join(home, "aws"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			got, err := ours(t.Context(), home)
			if want := "configure export-credentials --format process --profile work|s|t"; err != nil || got.Key != want {
				t.Errorf("got %q, %v; want %q", got.Key, err, want)
			}
		})
	}
}

// TestUnreadable: a profile that is not found may be in a file that may not be read.
func TestUnreadable(t *testing.T) {
	home := arrange(t, []string{"AWS_PROFILE=other"}, "[profile other]\n", "")
	path := filepath.Join(home, ".aws", "config")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(path); err == nil {
		t.Skip("this user may read everything")
	}
	_, err := ours(t.Context(), home)
	if want := `there is no profile "other", and ` + path + " may not be read"; err == nil || err.Error() != want {
		t.Errorf("told %v, want %q", err, want)
	}
}

// TestNoHome: without a user's folder nothing is read, least of all from the folder
// that this runs in, where anybody may have put a file that names a process.
func TestNoHome(t *testing.T) {
	t.Chdir(arrange(t, []string{"AWS_REGION=", "AWS_EC2_METADATA_DISABLED=true"}, "[default]\nregion = x\ncredential_process = cat process\n", ""))
	got, err := ours(t.Context(), "")
	if err == nil || got.Region != "" {
		t.Errorf("found %+v, %v", got, err)
	}
}

// FuzzParse: what is read is names without capitals and values of one line, and no
// file stops it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"[a]\nb=c", "[a\nb", "[a]\ns3 =\n  x = y\n", "\ufeff[a]\nb : c # d", "[]\n=\n", "x=y\n[ a  b ]\n\tc=d", "[a]\nB=\n b=\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for heading, section := range parse(text) {
			if strings.Join(strings.Fields(heading), " ") != heading {
				t.Errorf("heading %q", heading)
			}
			for name, value := range section {
				if name == "" || strings.ToLower(name) != name || strings.ContainsAny(name+value, "\n") || strings.TrimSpace(value) != value {
					t.Errorf("%q is %q", name, value)
				}
			}
		}
	})
}
