package awsconfig

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// found is what a configuration comes to.
type found struct {
	Region, Endpoint string
	FIPS, DualStack  bool
	Plain            bool
	Key              string // its ID, its secret and the token of its session; "" where there is none
}

// services plays all services that give credentials. The ID of a key tells how it was
// asked for.
func services(t *testing.T) string {
	t.Helper()
	signer := regexp.MustCompile(`Credential=([^/]*)/[0-9]*/([^/]*)/sts/aws4_request,`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const secret = `"SecretAccessKey":"secret","Token":"session","SessionToken":"session","Expiration":"2099-01-01T00:00:00Z"`
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/":
			form := r.PostFormValue
			asked := []string{form("Action"), form("RoleArn"), form("DurationSeconds"), form("ExternalId"), form("WebIdentityToken")}
			if name := form("RoleSessionName"); name == "named" {
				asked = append(asked, name)
			}
			if by := signer.FindStringSubmatch(r.Header.Get("Authorization")); by != nil {
				asked = append(asked, "by", by[1], by[2])
			}
			action := form("Action")
			_, _ = fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>`+
				`<AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`+
				`</Credentials></%[1]sResult></%[1]sResponse>`, action, strings.Join(asked, " "))
		case r.URL.Path == "/federation/credentials":
			_, _ = fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":"sso %s %s %s","secretAccessKey":"secret","sessionToken":"session","expiration":4070908800000}}`,
				r.URL.Query().Get("account_id"), r.URL.Query().Get("role_name"), r.Header.Get("X-Amz-Sso_bearer_token"))
		case r.URL.Path == "/container":
			_, _ = fmt.Fprintf(w, `{"AccessKeyId":"container %s",%s}`, r.Header.Get("Authorization"), secret)
		case r.URL.Path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			_, _ = w.Write([]byte("imds"))
		case r.URL.Path == "/latest/meta-data/iam/security-credentials/" || r.URL.Path == "/latest/meta-data/iam/security-credentials-extended/":
			_, _ = w.Write([]byte("role"))
		case strings.HasPrefix(r.URL.Path, "/latest/meta-data/iam/security-credentials"):
			_, _ = fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"machine %s",%s}`, r.Header.Get("X-Aws-Ec2-Metadata-Token"), secret)
		default:
			http.Error(w, r.URL.Path, http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// ours is what Load finds.
func ours(ctx context.Context, home string) (found, error) {
	c, err := Load(Environment{Getenv: os.Getenv, Home: home, Client: http.DefaultClient, Retries: object.Retries{Delay: time.Nanosecond}})
	if err != nil {
		return found{}, err
	}
	f := found{Region: c.Region, Endpoint: c.Endpoint, FIPS: c.FIPS, DualStack: c.DualStack, Plain: c.PlainChecksums}
	f.Key, err = shown(ctx, c.Credentials)
	return f, err
}

// theirs is what Amazon's library finds.
func theirs(ctx context.Context, home string) (found, error) {
	// It looks where the user's folder is only once.
	at := func(variable, name string) []string {
		if os.Getenv(variable) != "" {
			return nil
		}
		return []string{filepath.Join(home, ".aws", name)}
	}
	c, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigFiles(at("AWS_CONFIG_FILE", "config")), config.WithSharedCredentialsFiles(at("AWS_SHARED_CREDENTIALS_FILE", "credentials")))
	if err != nil {
		return found{}, err
	}
	o := s3.NewFromConfig(c).Options()
	f := found{
		Region: c.Region, Endpoint: aws.ToString(o.BaseEndpoint), Plain: c.RequestChecksumCalculation == aws.RequestChecksumCalculationWhenRequired,
		FIPS:      o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled,
		DualStack: o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled,
	}
	f.Key, err = shown(ctx, c.Credentials)
	return f, err
}

func shown(ctx context.Context, p aws.CredentialsProvider) (string, error) {
	key, err := p.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	return strings.Join([]string{key.AccessKeyID, key.SecretAccessKey, key.SessionToken}, "|"), nil
}

// arrange sets up the environment and the user's folder, which it returns, and the
// services. $ISSUER, $HOME and $TOKEN stand for the services, the folder and a file
// with a token.
func arrange(t *testing.T, env []string, config, credentials string) (home string) {
	t.Helper()
	home = t.TempDir()
	written := strings.NewReplacer("$HOME", home, "$ISSUER", services(t), "$TOKEN", filepath.Join(home, "token"))
	token := func(of string) string {
		sum := sha1.Sum([]byte(of))
		return ".aws/sso/cache/" + hex.EncodeToString(sum[:]) + ".json"
	}
	for path, text := range map[string]string{
		"token": "token", "process": `{"Version":1,"AccessKeyId":"process","SecretAccessKey":"s","SessionToken":"t"}`,
		".aws/config": config, ".aws/credentials": credentials,
		token("company"):              `{"accessToken":"by-name","expiresAt":"2099-01-01T00:00:00Z"}`,
		token("https://company.test"): `{"accessToken":"by-url","expiresAt":"2099-01-01T00:00:00Z"}`,
		token("https://ended.test"):   `{"accessToken":"ended","expiresAt":"2020-01-01T00:00:00Z"}`,
	} {
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(written.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(home, "aws"), []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil { // Amazon's own command line
		t.Fatal(err)
	}
	for _, assignment := range os.Environ() {
		if name, _, _ := strings.Cut(assignment, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	env = append([]string{"AWS_ENDPOINT_URL_STS=$ISSUER", "AWS_ENDPOINT_URL_SSO=$ISSUER", "HOME=" + home, "USERPROFILE=" + home, "PATH=" + home + string(os.PathListSeparator) + os.Getenv("PATH"), "AWS_REGION=eu-west-1", "AWS_EC2_METADATA_SERVICE_ENDPOINT=$ISSUER"}, env...)
	for _, assignment := range env {
		name, value, _ := strings.Cut(assignment, "=")
		t.Setenv(name, written.Replace(value))
	}
	return home
}

const (
	arn   = "arn:aws:iam::1:export"
	other = "arn:aws:iam::1:other"
)

// TestLoad: the configuration comes to what it comes to for Amazon's own library. Each
// case has the region eu-west-1, if it says no other.
func TestLoad(t *testing.T) {
	for _, test := range []struct {
		name                string
		env                 []string
		config, credentials string
		want                found
		fails               bool
		oursAlone           bool // Amazon's library for Go answers otherwise; why stands beside the case
	}{
		{name: "key in the environment", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Key: "id|s|"}},
		{name: "with a session", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t"}, want: found{Key: "id|s|t"}},
		{name: "old names", env: []string{"AWS_ACCESS_KEY=id", "AWS_SECRET_KEY=s"}, want: found{Key: "id|s|"}},
		{name: "half a key", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_EC2_METADATA_DISABLED=true"}, fails: true},
		{name: "nothing at all", env: []string{"AWS_EC2_METADATA_DISABLED=true"}, fails: true},
		{
			name: "environment before profile", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s", "AWS_PROFILE=work"},
			credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", want: found{Key: "id|s|"},
		},
		{name: "default profile", credentials: "[default]\naws_access_key_id = p\naws_secret_access_key = q\n", want: found{Key: "p|q|"}},
		{name: "profile of the other variable", env: []string{"AWS_DEFAULT_PROFILE=work"}, credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", want: found{Key: "p|q|"}},
		{name: "no such profile", env: []string{"AWS_PROFILE=other"}, credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", fails: true},
		{name: "half a key in a profile", credentials: "[default]\naws_access_key_id=p\n", env: []string{"AWS_EC2_METADATA_DISABLED=true"}, fails: true},
		{
			name: "profile default before default", config: "[default]\nregion=x\naws_access_key_id=a\naws_secret_access_key=b\n[profile default]\naws_access_key_id=c\naws_secret_access_key=d\n",
			want: found{Key: "c|d|"},
		},
		{
			name: "credentials have the last word", config: "[default]\naws_access_key_id=a\naws_secret_access_key=b\n", credentials: "[default]\naws_access_key_id=c\naws_secret_access_key=d\n",
			want: found{Key: "c|d|"},
		},
		{
			// Amazon's library would put the session of one key beside another.
			name: "a key takes its session along", config: "[default]\naws_access_key_id=a\naws_secret_access_key=b\naws_session_token=t\n", credentials: "[default]\naws_access_key_id=c\naws_secret_access_key=d\n",
			want: found{Key: "c|d|"}, oursAlone: true,
		},
		{
			name: "comments, blanks and capitals", config: "# x\n; y\n[profile  work] # z\n  \nREGION = us-west-2 # here\noutput=json\n",
			credentials: "[ work ]\naws_access_key_id:p\naws_secret_access_key =  q=/+ ; z\n", env: []string{"AWS_PROFILE=work", "AWS_REGION="}, want: found{Region: "us-west-2", Key: "p|q=/+|"},
		},
		{
			name: "quotation marks", env: []string{"AWS_REGION="}, config: "[default]\nregion = \"eu-north-1\"\n", credentials: "[default]\naws_access_key_id = 'p'\naws_secret_access_key = \"q\n",
			want: found{Region: "eu-north-1", Key: "p|\"q|"},
		},
		{
			name: "an indented heading", credentials: "[default]\naws_access_key_id = p\naws_secret_access_key = q\n  [work]\naws_access_key_id = w\naws_secret_access_key = x\n",
			want: found{Key: "p|q|"},
		},
		{name: "ends of lines of Windows", env: []string{"AWS_REGION="}, config: "[default]\r\nregion = eu-north-1\r\n", credentials: "[default]\r\naws_access_key_id = p\r\naws_secret_access_key = q\r\n", want: found{Region: "eu-north-1", Key: "p|q|"}},
		{name: "half a key in the configuration", config: "[default]\naws_access_key_id=p\n", env: []string{"AWS_EC2_METADATA_DISABLED=true"}, fails: true},
		{
			// Amazon's library would stop at it.
			name: "a file that is a folder", env: []string{"AWS_CONFIG_FILE=$HOME", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Key: "id|s|"}, oursAlone: true,
		},
		{name: "a file below a file", env: []string{"AWS_CONFIG_FILE=$TOKEN/config", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Key: "id|s|"}},
		{name: "region of the profile", env: []string{"AWS_REGION=", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, config: "[default]\nregion = eu-north-1\n", want: found{Region: "eu-north-1", Key: "id|s|"}},
		{name: "region of the other variable", env: []string{"AWS_REGION=", "AWS_DEFAULT_REGION=sa-east-1", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Region: "sa-east-1", Key: "id|s|"}},
		{
			name: "files elsewhere", env: []string{"AWS_CONFIG_FILE=$HOME/.aws/other", "AWS_SHARED_CREDENTIALS_FILE=$HOME/.aws/config", "AWS_ACCESS_KEY=", "AWS_SECRET_KEY="},
			config: "[default]\naws_access_key_id=a\naws_secret_access_key=b\n", want: found{Key: "a|b|"},
		},

		{name: "endpoint", env: []string{"AWS_ENDPOINT_URL=http://a", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Endpoint: "http://a", Key: "id|s|"}},
		{name: "endpoint of S3", env: []string{"AWS_ENDPOINT_URL=http://a", "AWS_ENDPOINT_URL_S3=http://b", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Endpoint: "http://b", Key: "id|s|"}},
		{name: "endpoint of another service", env: []string{"AWS_ENDPOINT_URL_STS=http://b", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Key: "id|s|"}},
		{name: "endpoint of the profile", config: "[default]\nendpoint_url = http://c\n", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Endpoint: "http://c", Key: "id|s|"}},
		{
			name: "endpoint of a section of services", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"},
			config: "[default]\nendpoint_url = http://c\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = http://d\n  other = x\nsts =\n  endpoint_url = http://e\n", want: found{Endpoint: "http://d", Key: "id|s|"},
		},
		{
			name: "endpoint of all before a section of services", env: []string{"AWS_ENDPOINT_URL=http://a", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"},
			config: "[default]\nservices = mine\n[services mine]\ns3 =\n  endpoint_url = http://d # d\n", want: found{Endpoint: "http://a", Key: "id|s|"},
		},
		{
			name: "a section of services for roles", env: []string{"AWS_ENDPOINT_URL_STS="}, want: found{Key: "AssumeRole " + arn + " 900   by p eu-west-1|secret|session"},
			config: "[default]\nservices = mine\nrole_arn = " + arn + "\naws_access_key_id=p\naws_secret_access_key=q\n[services mine]\nsts =\n  endpoint_url = $ISSUER\n",
		},
		{
			name: "the endpoint of all gets no tokens", env: []string{"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_WEB_IDENTITY_TOKEN_FILE=$TOKEN", "AWS_ROLE_ARN=" + arn},
			want: found{Endpoint: "http://127.0.0.1:1", Key: "AssumeRoleWithWebIdentity " + arn + "   token|secret|session"},
		},
		{
			name: "endpoints ignored", config: "[default]\nendpoint_url = http://c\n", want: found{Key: "id|s|"},
			env: []string{"AWS_ENDPOINT_URL_S3=http://b", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"},
		},
		{name: "FIPS and both protocols", env: []string{"AWS_USE_FIPS_ENDPOINT=true", "AWS_USE_DUALSTACK_ENDPOINT=true", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{FIPS: true, DualStack: true, Key: "id|s|"}},
		{name: "FIPS of the profile", config: "[default]\nuse_fips_endpoint=true\nuse_dualstack_endpoint = false\n", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{FIPS: true, Key: "id|s|"}},
		{name: "checksums", env: []string{"AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Plain: true, Key: "id|s|"}},
		{name: "checksums of the profile", config: "[default]\nrequest_checksum_calculation = when_required\n", env: []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"}, want: found{Plain: true, Key: "id|s|"}},

		{
			name: "web identity", env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=$TOKEN", "AWS_ROLE_ARN=" + arn, "AWS_ROLE_SESSION_NAME=named"},
			want: found{Key: "AssumeRoleWithWebIdentity " + arn + "   token named|secret|session"},
		},
		{name: "web identity without a role", env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=$TOKEN"}, fails: true},
		{name: "web identity without a file", env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=$HOME/none", "AWS_ROLE_ARN=" + arn}, fails: true},
		{
			name: "web identity of a profile", config: "[default]\nweb_identity_token_file = $TOKEN\nrole_arn = " + arn + "\nrole_session_name = named\n",
			want: found{Key: "AssumeRoleWithWebIdentity " + arn + "   token named|secret|session"},
		},
		{name: "web identity of a profile without a role", config: "[default]\nweb_identity_token_file = $TOKEN\n", fails: true},

		{
			name: "role", config: "[default]\nrole_arn = " + arn + "\nsource_profile = work\nrole_session_name = named\nexternal_id = x\nduration_seconds = 3600\n",
			credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", want: found{Key: "AssumeRole " + arn + " 3600 x  named by p eu-west-1|secret|session"},
		},
		{
			name: "role over role", config: "[default]\nrole_arn = " + arn + "\nsource_profile = middle\n[profile middle]\nrole_arn = " + other + "\nsource_profile = work\nduration_seconds = 10\n",
			credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n",
			want:        found{Key: "AssumeRole " + arn + " 900   by AssumeRole " + other + " 900   by p eu-west-1 eu-west-1|secret|session"},
		},
		{
			name: "role of its own key", config: "[default]\nrole_arn = " + arn + "\nsource_profile = default\naws_access_key_id=p\naws_secret_access_key=q\n",
			want: found{Key: "AssumeRole " + arn + " 900   by p eu-west-1|secret|session"},
		},
		{
			name: "role without a source", config: "[default]\nrole_arn = " + arn + "\naws_access_key_id=p\naws_secret_access_key=q\n",
			want: found{Key: "AssumeRole " + arn + " 900   by p eu-west-1|secret|session"},
		},
		{
			name: "a source's key before its role", config: "[default]\nrole_arn = " + arn + "\nsource_profile = middle\n[profile middle]\nrole_arn = " + other + "\nsource_profile = work\naws_access_key_id=m\naws_secret_access_key=n\n",
			want: found{Key: "AssumeRole " + arn + " 900   by AssumeRole " + other + " 900   by m eu-west-1 eu-west-1|secret|session"},
		},
		{
			name: "role of the environment", config: "[profile x]\nrole_arn = " + arn + "\ncredential_source = Environment\n", env: []string{"AWS_PROFILE=x", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=s"},
			want: found{Key: "id|s|"}, // which comes before any profile
		},
		{
			name: "role of the container", config: "[default]\nrole_arn = " + arn + "\ncredential_source = EcsContainer\n", env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=$ISSUER/container"},
			want: found{Key: "AssumeRole " + arn + " 900   by container  eu-west-1|secret|session"},
		},
		{
			name: "role of the machine", config: "[default]\nrole_arn = " + arn + "\ncredential_source = Ec2InstanceMetadata\n",
			want: found{Key: "AssumeRole " + arn + " 900   by machine imds eu-west-1|secret|session"},
		},
		{name: "role of the machine, not named", config: "[default]\nrole_arn = " + arn + "\n", want: found{Key: "AssumeRole " + arn + " 900   by machine imds eu-west-1|secret|session"}},
		{
			name: "role over web identity", config: "[default]\nrole_arn = " + arn + "\nsource_profile = w\n[profile w]\nweb_identity_token_file = $TOKEN\nrole_arn = " + other + "\n",
			want: found{Key: "AssumeRole " + arn + " 900   by AssumeRoleWithWebIdentity " + other + "   token eu-west-1|secret|session"},
		},
		{
			name: "role over a role of the machine", config: "[default]\nrole_arn = " + arn + "\nsource_profile = w\n[profile w]\ncredential_source = Ec2InstanceMetadata\nrole_arn = " + other + "\n",
			want: found{Key: "AssumeRole " + arn + " 900   by AssumeRole " + other + " 900   by machine imds eu-west-1 eu-west-1|secret|session"},
		},
		{name: "role of a source that is none", config: "[default]\nrole_arn = " + arn + "\ncredential_source = Moon\n", fails: true},
		{name: "role of a container that is none", config: "[default]\nrole_arn = " + arn + "\ncredential_source = EcsContainer\n", fails: true},
		{name: "two sources", config: "[default]\nrole_arn = " + arn + "\ncredential_source = EcsContainer\nsource_profile = work\n", credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", fails: true},
		{name: "source without a role", config: "[default]\nsource_profile = work\n", credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", fails: true},
		{name: "source that is not there", config: "[default]\nrole_arn = " + arn + "\nsource_profile = work\n", fails: true},
		{name: "source without credentials", config: "[default]\nrole_arn = " + arn + "\nsource_profile = work\n[profile work]\nregion = x\n", fails: true},
		{name: "sources in a circle", config: "[default]\nrole_arn = " + arn + "\nsource_profile = b\n[profile b]\nrole_arn = " + arn + "\nsource_profile = default\n", fails: true},
		{name: "role with a device", config: "[default]\nrole_arn = " + arn + "\nsource_profile = work\nmfa_serial = x\n", credentials: "[work]\naws_access_key_id=p\naws_secret_access_key=q\n", fails: true},

		{name: "process", config: "[default]\ncredential_process = cat $HOME/process\n", want: found{Key: "process|s|t"}},
		{name: "process that fails", config: "[default]\ncredential_process = false\n", fails: true},
		{
			name: "role of a process", config: "[default]\ncredential_process = cat $HOME/process\nrole_arn = " + arn + "\n",
			want: found{Key: "AssumeRole " + arn + " 900   by process eu-west-1|secret|session"},
		},

		{
			name: "single sign-on", config: "[default]\nsso_session = company\nsso_account_id = 1\nsso_role_name = r\n[sso-session company]\nsso_region = eu-central-1\nsso_start_url = https://company.test\n",
			want: found{Key: "sso 1 r by-name|secret|session"},
		},
		{
			name: "single sign-on as it was before", config: "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://company.test\n",
			want: found{Key: "sso 1 r by-url|secret|session"},
		},
		{
			name: "role over single sign-on", config: "[default]\nrole_arn = " + arn + "\nsource_profile = on\n[profile on]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://company.test\n",
			want: found{Key: "AssumeRole " + arn + " 900   by sso 1 r by-url eu-west-1|secret|session"},
		},
		{
			name: "sign-on before a process", config: "[default]\ncredential_process = false\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://company.test\n",
			want: found{Key: "sso 1 r by-url|secret|session"},
		},
		{name: "single sign-on without a session", config: "[default]\nsso_session = company\nsso_account_id = 1\nsso_role_name = r\n", fails: true},
		{name: "single sign-on without an account", config: "[default]\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://company.test\n", fails: true},
		{name: "single sign-on that has ended", config: "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://ended.test\n", fails: true},
		{name: "single sign-on that was never begun", config: "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-central-1\nsso_start_url = https://never.test\n", fails: true},

		{name: "container", env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=$ISSUER/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN=t"}, want: found{Key: "container t|secret|session"}},
		{name: "container with a file", env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=$ISSUER/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$TOKEN"}, want: found{Key: "container token|secret|session"}},
		{name: "container elsewhere", env: []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/container"}, fails: true},
		{name: "machine", want: found{Key: "machine imds|secret|session"}},
		{name: "machine, not asked", env: []string{"AWS_EC2_METADATA_DISABLED=TRUE"}, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.Contains(test.config, "= cat ") && runtime.GOOS == "windows" {
				t.Skip("there is no cat")
			}
			home := arrange(t, test.env, test.config, test.credentials)
			if test.want.Region == "" {
				test.want.Region = "eu-west-1"
			}

			got, err := ours(t.Context(), home)
			if (err != nil) != test.fails {
				t.Errorf("error %v, want one: %v", err, test.fails)
			}
			if diff := cmp.Diff(test.want, got); diff != "" && !test.fails {
				t.Errorf("wanted (-) and found (+):\n%s", diff)
			}
			if test.oursAlone {
				return
			}
			their, err := theirs(t.Context(), home)
			if (err != nil) != test.fails {
				t.Errorf("Amazon's library: error %v, want one: %v", err, test.fails)
			}
			if diff := cmp.Diff(test.want, their); diff != "" && !test.fails {
				t.Errorf("wanted (-) and found by Amazon's library (+):\n%s", diff)
			}
		})
	}
}
