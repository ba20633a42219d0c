package objectstores

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
)

// login is one way to come by credentials: what is in the environment, and what the
// store is shown then.
type login struct {
	name  string
	env   []string
	shown string // a part of the header Authorization
}

// logsIn exports with each of the logins to a store that is at endpoint, which wants
// to see the login's own.
func logsIn(t *testing.T, p program, s store, logins []login, environment func(letIn func(*http.Request) bool) []string) {
	for _, each := range logins {
		t.Run(each.name, func(t *testing.T) {
			a := newAccount(t, few)
			env := environment(func(r *http.Request) bool {
				if shown := r.Header.Get("Authorization"); !strings.Contains(shown, each.shown) {
					t.Errorf("the store was shown %q, want %q", shown, each.shown)
					return false
				}
				return true
			})
			p.on(t, a.URL, append(env, each.env...)...).run(0, "datasets", "export", datasetID, "-o", s.prefix+each.name+".jsonl")
			if body, _, _ := s.get(each.name + ".jsonl"); string(body) != a.lines() {
				t.Errorf("%d bytes, want %d", len(body), len(a.lines()))
			}
		})
	}
}

func file(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// answers is a server that answers paths with texts, and everything else with 404.
func answers(paths map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := paths[r.URL.Path]
		if !ok {
			http.Error(w, "no "+r.URL.Path, http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	})
}

func at(t *testing.T, handler http.Handler) (address string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// TestAmazonCredentials: each way of Amazon's own tools leads to the bucket.
func TestAmazonCredentials(t *testing.T) {
	tools(t)
	p, s := build(t), moto(t)
	keys := func(id string) string {
		return fmt.Sprintf(`{"Version":1,"Code":"Success","AccessKeyId":%q,"SecretAccessKey":"SECRETkey","SessionToken":"SECRETsession","Token":"SECRETsession","Expiration":"2099-01-01T00:00:00Z"}`, id)
	}
	issuer := at(t, answers(map[string]string{
		"/container":        keys("CONTAINER"),
		"/latest/api/token": "SECRETtoken",
		"/latest/meta-data/iam/security-credentials/":     "role",
		"/latest/meta-data/iam/security-credentials/role": keys("MACHINE"),
		"/federation/credentials":                         `{"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"SECRETkey","sessionToken":"SECRETsession","expiration":4070908800000}}`,
	}))
	home := t.TempDir()
	process := file(t, filepath.Join(home, "process"), "#!/bin/sh\ncat <<'end'\n"+keys("PROCESS")+"\nend\n")
	sum := sha1.Sum([]byte("company"))
	file(t, filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json"), `{"accessToken":"SECRETsso","expiresAt":"2099-01-01T00:00:00Z"}`)
	file(t, filepath.Join(home, ".aws", "credentials"), "[work]\naws_access_key_id = PROFILE\naws_secret_access_key = SECRETkey\n")
	file(t, filepath.Join(home, ".aws", "config"), `[profile process]
credential_process = `+process+`
[profile role]
role_arn = arn:aws:iam::123456789012:role/export
source_profile = work
[profile sso]
sso_session = company
sso_account_id = 123456789012
sso_role_name = export
[sso-session company]
sso_region = us-east-1
sso_start_url = https://company.test/start
`)
	identity := file(t, filepath.Join(home, "identity"), "SECRETidentity")
	logsIn(t, p, s, []login{
		{"environment", []string{"AWS_ACCESS_KEY_ID=ENVIRONMENT", "AWS_SECRET_ACCESS_KEY=SECRETkey"}, "Credential=ENVIRONMENT/"},
		{"profile", []string{"AWS_PROFILE=work"}, "Credential=PROFILE/"},
		{"process", []string{"AWS_PROFILE=process"}, "Credential=PROCESS/"},
		{"assumed role", []string{"AWS_PROFILE=role", "AWS_ENDPOINT_URL_STS=" + s.endpoint}, "Credential=ASIA"},
		{"web identity", []string{"AWS_WEB_IDENTITY_TOKEN_FILE=" + identity, "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/export", "AWS_ENDPOINT_URL_STS=" + s.endpoint}, "Credential=ASIA"},
		{"single sign-on", []string{"AWS_PROFILE=sso", "AWS_ENDPOINT_URL_SSO=" + issuer}, "Credential=SSO/"},
		{"pod identity", []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + issuer + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + identity}, "Credential=CONTAINER/"},
		{"machine", []string{"AWS_EC2_METADATA_DISABLED=false", "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + issuer}, "Credential=MACHINE/"},
	}, func(letIn func(*http.Request) bool) []string {
		return []string{"HOME=" + home, "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_S3=" + at(t, onTo(t, s.endpoint, "", "", letIn))}
	})
}

// TestBucketElsewhere: a bucket of another region is found, by Amazon's own addresses.
func TestBucketElsewhere(t *testing.T) {
	tools(t)
	p, s := build(t), moto(t)
	const here, there = bucket + ".s3.eu-west-1.amazonaws.com", bucket + ".s3.eu-central-1.amazonaws.com"
	world := newInternet(t, map[string]http.Handler{
		here: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			w.WriteHeader(http.StatusMovedPermanently)
			_, _ = w.Write([]byte(`<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>`))
		}),
		there: onTo(t, s.endpoint, "/"+bucket, "", func(r *http.Request) bool {
			return strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/s3/")
		}),
	})
	env := append([]string{"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=user", "AWS_SECRET_ACCESS_KEY=SECRETkey"}, world.env...)
	for name, items := range map[string]int{"one part": few, "several parts": many} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, items)
			p.on(t, a.URL, env...).run(0, "datasets", "export", datasetID, "-o", s.prefix+name+".jsonl")
			if body, _, _ := s.get(name + ".jsonl"); string(body) != a.lines() {
				t.Errorf("%d bytes, want %d", len(body), len(a.lines()))
			}
		})
	}
	if !world.asked(here) || !world.asked(there) {
		t.Errorf("asked %q", world.seen)
	}
}

// TestEndpointURL: the flag says where the store is, as the environment does.
func TestEndpointURL(t *testing.T) {
	tools(t)
	p := build(t)
	s := versitygw(t)
	a := newAccount(t, few)
	p = p.on(t, a.URL, "AWS_ACCESS_KEY_ID=user", "AWS_SECRET_ACCESS_KEY="+secretMarker+"key")
	p.run(0, "datasets", "export", datasetID, "-o", s.prefix+"flag.jsonl", "--endpoint-url", s.endpoint)
	described(t, s, "flag.jsonl", a.lines(), few)
	p.run(0, "datasets", "export", datasetID, "-o", s.prefix+"flag.jsonl.gz", "--endpoint-url", s.endpoint+"/")
	if _, _, there := s.get("flag.jsonl.gz"); !there {
		t.Error("an address that ends in a slash leads nowhere")
	}
}

// TestGoogleCredentials: each of the application default credentials leads to the
// bucket, by Google's own addresses.
func TestGoogleCredentials(t *testing.T) {
	tools(t)
	p, s := build(t), fakeGCS(t)
	home := t.TempDir()
	token := func(text string) string {
		return fmt.Sprintf(`{"access_token":"SECRET%s","token_type":"Bearer","expires_in":3600,"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}`, text)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(facts map[string]any) string {
		text, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	account := file(t, filepath.Join(home, "account.json"), encoded(map[string]any{
		"type": "service_account", "client_email": "export@project.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}))
	external := file(t, filepath.Join(home, "external.json"), encoded(map[string]any{
		"type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p",
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token",
		"credential_source": map[string]any{"file": file(t, filepath.Join(home, "identity"), "SECRETidentity")},
	}))
	file(t, filepath.Join(home, ".config", "gcloud", "application_default_credentials.json"), encoded(map[string]any{
		"type": "authorized_user", "client_id": "id", "client_secret": "SECRETclient", "refresh_token": "SECRETrefresh",
	}))
	machine := at(t, answers(map[string]string{"/computeMetadata/v1/instance/service-accounts/default/token": token("machine"), "/": "", "/computeMetadata/v1/universe/universe-domain": "googleapis.com"}))
	logsIn(t, p, s, []login{
		{"service account", []string{"GOOGLE_APPLICATION_CREDENTIALS=" + account}, "Bearer SECREToauth"},
		{"workload identity", []string{"GOOGLE_APPLICATION_CREDENTIALS=" + external}, "Bearer SECRETsts"},
		{"gcloud", []string{"HOME=" + home}, "Bearer SECREToauth"},
		{"machine", []string{"GCE_METADATA_HOST=" + strings.TrimPrefix(machine, "http://")}, "Bearer SECRETmachine"},
	}, func(letIn func(*http.Request) bool) []string {
		return newInternet(t, map[string]http.Handler{
			"oauth2.googleapis.com":  answers(map[string]string{"/token": token("oauth")}),
			"sts.googleapis.com":     answers(map[string]string{"/v1/token": token("sts")}),
			"storage.googleapis.com": onTo(t, s.endpoint, "", "", letIn),
		}).env
	})
}

// TestAzureCredentials: each way that the guide names leads to the container, by
// Azure's own addresses.
func TestAzureCredentials(t *testing.T) {
	tools(t)
	p, s := build(t), azurite(t)
	key := s.secrets[0]
	credential, err := container.NewSharedKeyCredential("user", key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := container.NewClientWithSharedKeyCredential(s.endpoint+"/user/"+bucket, credential, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := client.GetSASURL(sas.ContainerPermissions{Read: true, Create: true, Write: true, List: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, signature, _ := strings.Cut(signed, "?")
	const tenant = "11111111-2222-3333-4444-555555555555"
	const authority = "https://login.microsoftonline.com/" + tenant
	token := `{"access_token":"SECRETazure","token_type":"Bearer","expires_in":3600,"expires_on":"4070908800","resource":"https://storage.azure.com"}`
	home := t.TempDir()
	file(t, filepath.Join(home, "az"), "#!/bin/sh\necho '"+`{"accessToken":"SECRETazure","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"tokenType":"Bearer"}`+"'\n")
	managed := at(t, answers(map[string]string{"/token": token}))
	direct := "AZURE_STORAGE_SERVICE_ENDPOINT=" + s.endpoint + "/user"
	logsIn(t, p, s, []login{
		{"connection string", []string{"AZURE_STORAGE_CONNECTION_STRING=DefaultEndpointsProtocol=http;AccountName=user;AccountKey=" + key + ";BlobEndpoint=" + s.endpoint + "/user;"}, ""},
		{"key", []string{direct, "AZURE_STORAGE_KEY=" + key}, ""},
		{"shared access signature", []string{direct, "AZURE_STORAGE_SAS_TOKEN=" + signature}, ""},
		{"service principal", []string{"AZURE_TENANT_ID=" + tenant, "AZURE_CLIENT_ID=client", "AZURE_CLIENT_SECRET=SECRETclient"}, "Bearer SECRETazure"},
		{"workload identity", []string{"AZURE_TENANT_ID=" + tenant, "AZURE_CLIENT_ID=client", "AZURE_FEDERATED_TOKEN_FILE=" + file(t, filepath.Join(home, "identity"), "SECRETidentity")}, "Bearer SECRETazure"},
		{"managed identity", []string{"IDENTITY_ENDPOINT=" + managed + "/token", "IDENTITY_HEADER=SECRETheader"}, "Bearer SECRETazure"},
		{"az", []string{"AZURE_TOKEN_CREDENTIALS=dev", "PATH=" + home + string(os.PathListSeparator) + os.Getenv("PATH")}, "Bearer SECRETazure"},
	}, func(letIn func(*http.Request) bool) []string {
		return append(newInternet(t, map[string]http.Handler{
			"login.microsoftonline.com": answers(map[string]string{
				"/common/discovery/instance":                            `{"tenant_discovery_endpoint":"` + authority + `/v2.0/.well-known/openid-configuration","metadata":[{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com"]}]}`,
				"/" + tenant + "/v2.0/.well-known/openid-configuration": `{"authorization_endpoint":"` + authority + `/oauth2/v2.0/authorize","token_endpoint":"` + authority + `/oauth2/v2.0/token","issuer":"` + authority + `/v2.0"}`,
				"/" + tenant + "/oauth2/v2.0/token":                     token,
			}),
			"user.blob.core.windows.net": onTo(t, s.endpoint, "/user", signature, letIn, "Authorization"),
		}).env, "AZURE_STORAGE_ACCOUNT=user")
	})
}
