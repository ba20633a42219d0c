package serve

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/apifyctl/apifyctl/internal/signature"
)

// site is a server on a port, with a client that adds nothing to its requests.
type site struct {
	t    *testing.T
	url  string
	http *http.Client
}

func newSite(t *testing.T, o Options, tokens ...string) *site {
	t.Helper()
	for _, token := range tokens {
		account, err := ParseAccount(token)
		if err != nil {
			t.Fatal(err)
		}
		o.Accounts = append(o.Accounts, account)
	}
	server, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	network := httptest.NewServer(server)
	t.Cleanup(func() {
		network.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{t, network.URL + "/v2", &http.Client{Transport: &http.Transport{DisableCompression: true}}}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (s *site) try(method, path, token, body string, header ...string) (reply, error) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.http.Do(request)
	if err != nil {
		return reply{}, err
	}
	text, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		s.t.Error(err)
	}
	return reply{response.StatusCode, response.Header, string(text)}, err
}

// want does a request and checks the status and, if there is one, the text that
// the body has to contain.
func (s *site) want(status int, text, method, path, token, body string, header ...string) reply {
	s.t.Helper()
	got, err := s.try(method, path, token, body, header...)
	if err != nil || got.status != status || !strings.Contains(got.body, text) {
		s.t.Fatalf("%s %s: %d %s (%v), want %d %s", method, path, got.status, got.body, err, status, text)
	}
	return got
}

func (r reply) object(t *testing.T) (object struct{ ID, UserID, URLSigningSecretKey, ItemsPublicURL string }) {
	t.Helper()
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(r.body), &envelope); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(envelope.Data, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestTokens(t *testing.T) {
	s := newSite(t, Options{}, "s3cret", "other", "eve=third")
	for _, c := range []struct {
		header, query string
		status        int
		text          string
	}{
		{"Bearer s3cret", "", 200, `"username":"local"`},
		{"bearer other", "", 200, `"username":"local"`},
		{"Bearer third", "", 200, `"username":"eve"`},
		{"", "?token=third", 200, `"username":"eve"`},
		{"", "", 401, "token-not-provided"},
		{"Basic s3cret", "", 401, "token-not-provided"},
		{"Bearer s3cre", "", 401, "user-or-token-not-found"},
		{"", "?token=S3CRET", 401, "User was not found or authentication token is not valid"},
	} {
		s.want(c.status, c.text, "GET", "/users/me"+c.query, "", "", "Authorization", c.header)
	}
	s.want(200, `"username":"eve"`, "GET", "/users/EVE", "", "")
	s.want(404, "User was not found or access denied", "GET", "/users/nobody", "", "")
	open := newSite(t, Options{Anyone: true})
	for _, token := range []string{"", "any"} {
		open.want(200, `"username":"local"`, "GET", "/users/me", token, "")
	}
}

func TestParseAccount(t *testing.T) {
	for text, want := range map[string]string{
		"secret": "local secret", "local=secret": "local secret", "Ann=a=b": "ann a=b", "YWJj=": "local YWJj=", "YWI==": "local YWI==",
	} {
		account, err := ParseAccount(text)
		if got := account.User.Name + " " + account.Secret; err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "../x=secret", "a b", "nul=x", "ann=a b"} {
		if account, err := ParseAccount(text); err == nil {
			t.Errorf("%q: %v", text, account)
		}
	}
}

func TestAccountsAreApart(t *testing.T) {
	s := newSite(t, Options{}, "first", "eve=second")
	mine := s.want(201, "", "POST", "/datasets?name=x", "first", "").object(t)
	hers := s.want(201, "", "POST", "/datasets?name=x", "second", "").object(t)
	if mine.ID == hers.ID || mine.UserID == hers.UserID || mine.URLSigningSecretKey == "" {
		t.Fatalf("%+v %+v", mine, hers)
	}
	s.want(201, "", "POST", "/datasets/~x/items", "second", `{"n":1}`)
	s.want(200, `[{"n":1}]`, "GET", "/datasets/~x/items", "second", "")
	s.want(200, `[]`, "GET", "/datasets/~x/items", "first", "")
	s.want(200, `"total":1`, "GET", "/datasets", "first", "")

	items := "/datasets/" + hers.ID + "/items"
	s.want(403, "insufficient-permissions", "GET", items, "first", "")
	s.want(403, "insufficient-permissions", "GET", "/datasets/eve~x/items", "first", "")
	s.want(403, "insufficient-permissions", "GET", items, "", "")
	s.want(401, "token-not-provided", "GET", "/datasets/eve~x", "", "")
	s.want(404, "record-not-found", "GET", "/datasets/eve~y", "first", "")
	s.want(404, "record-not-found", "GET", "/datasets/nobody~x", "first", "")
	s.want(404, "record-or-token-not-found", "GET", "/datasets/x/items", "", "") // a name is no ID

	s.want(200, "", "PUT", "/datasets/~x", "second", `{"generalAccess":"ANYONE_WITH_ID_CAN_READ"}`)
	s.want(200, `[{"n":1}]`, "GET", items, "first", "")
	s.want(200, `[{"n":1}]`, "GET", items, "", "")
	s.want(403, "", "GET", "/datasets/eve~x/items", "first", "")
	s.want(403, "insufficient-permissions", "POST", items, "first", `{}`)
	s.want(403, "", "DELETE", "/datasets/"+hers.ID, "first", "")
	s.want(403, "insufficient-permissions", "DELETE", "/datasets/"+hers.ID, "", "")
	if seen := s.want(200, "", "GET", "/datasets/"+hers.ID, "first", ""); strings.Contains(seen.body, "urlSigningSecretKey") || strings.Contains(seen.body, "signature=") {
		t.Errorf("%s", seen.body)
	}
	s.want(200, "", "PUT", "/datasets/~x", "second", `{"generalAccess":"ANYONE_WITH_NAME_CAN_READ"}`)
	s.want(200, `[{"n":1}]`, "GET", "/datasets/eve~x/items", "first", "")
	s.want(200, `[{"n":1}]`, "GET", "/datasets/eve~x/items", "second", "")
}

func TestSignatures(t *testing.T) {
	s := newSite(t, Options{}, "first", "eve=second")
	dataset := s.want(201, "", "POST", "/datasets", "second", "").object(t)
	items := "/datasets/" + dataset.ID + "/items"
	s.want(201, "", "POST", items, "second", `{"n":1}`)
	public, ok := strings.CutPrefix(dataset.ItemsPublicURL, s.url)
	if !ok {
		t.Fatal(dataset.ItemsPublicURL)
	}
	s.want(200, `[{"n":1}]`, "GET", public, "", "")
	s.want(200, "", "HEAD", public, "first", "")
	s.want(403, "insufficient-permissions", "POST", public, "", `{}`)
	s.want(403, "insufficient-permissions", "GET", strings.Replace(public, "/items", "", 1), "", "")
	sign := func(expires time.Time) string {
		return items + "?signature=" + signature.Storage(dataset.URLSigningSecretKey, dataset.ID, expires)
	}
	s.want(200, "", "GET", sign(time.Now().Add(time.Hour)), "", "")
	s.want(403, "insufficient-permissions", "GET", sign(time.Now().Add(-time.Hour)), "", "")
	other := s.want(201, "", "POST", "/datasets", "second", "").object(t)
	s.want(403, "insufficient-permissions", "GET", items+"?signature="+signature.Storage(other.URLSigningSecretKey, dataset.ID, time.Time{}), "", "")
}

func TestMethodOverride(t *testing.T) {
	s := newSite(t, Options{}, "token")
	s.want(201, `"name":"x"`, "GET", "/datasets?name=x&method=post", "token", "")
	s.want(200, `"name":"x"`, "POST", "/datasets/~x?method=GET", "token", "")
	s.want(405, "method-not-allowed", "GET", "/datasets?method=PATCH", "token", "")
	s.want(403, "token-not-in-header", "GET", "/datasets/~x?method=DELETE&token=token", "", "")
	s.want(403, "token-not-in-header", "GET", "/datasets/~x?method=DELETE", "wrong", "")
	s.want(204, "", "GET", "/datasets/~x?method=DELETE", "token", "")
}

func TestCompression(t *testing.T) {
	s := newSite(t, Options{Anyone: true})
	padding := strings.Repeat("x", 5000)
	s.want(201, "", "POST", "/datasets?name=x", "", "")
	s.want(201, "", "POST", "/datasets/~x/items", "", `{"a":"`+padding+`"}`)
	s.want(200, padding, "GET", "/datasets/~x/items", "", "")
	for _, c := range []struct{ accepted, encoding string }{
		{"gzip, br", "gzip"},
		{"br", "br"},
		{"gzip;q=0.1, br;q=0.5", "br"},
		{"deflate, gzip;q=0", "deflate"},
		{"*", "gzip"},
		{"", ""},
		{"identity", ""},
		{"zstd", ""},
		{"br;q=x", ""},
	} {
		packed := s.want(200, "", "GET", "/datasets/~x/items", "", "", "Accept-Encoding", c.accepted)
		plain, err := unpack(c.encoding, packed.body)
		if err != nil || packed.header.Get("Content-Encoding") != c.encoding || plain != `[{"a":"`+padding+`"}]` || packed.header.Get("Vary") == "" {
			t.Errorf("%s: %v %.50s %v", c.accepted, packed.header, plain, err)
		}
		if small := s.want(200, "", "GET", "/users/local", "", "", "Accept-Encoding", c.accepted); small.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", c.accepted, small.header)
		}
	}
	packed := s.want(200, "", "GET", "/datasets/~x/items", "", "", "Accept-Encoding", "gzip")
	if packed.header.Get("X-Apify-Pagination-Total") != "1" {
		t.Errorf("%v", packed.header)
	}
}

func unpack(encoding, body string) (string, error) {
	var plain io.Reader = strings.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		plain, err = gzip.NewReader(plain)
	case "deflate":
		plain, err = zlib.NewReader(plain)
	case "br":
		plain = brotli.NewReader(plain)
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(plain)
	return string(text), err
}

func TestRateLimit(t *testing.T) {
	s := newSite(t, Options{Anyone: true, RateLimit: true})
	exceeded := false
	for range 10 * ordinaryLimit {
		got, err := s.try("GET", "/users/me", "a", "")
		if err != nil {
			t.Fatal(err)
		}
		if got.status == 429 && strings.Contains(got.body, "rate-limit-exceeded") {
			exceeded = true
			break
		}
	}
	if !exceeded {
		t.Error("no limit")
	}
	s.want(200, "", "GET", "/users/me", "b", "")
	s.want(200, "", "GET", "/datasets", "a", "")
}

func TestLimits(t *testing.T) {
	for path, want := range map[string]int{
		"GET /datasets": 60, "POST /datasets/x/items": 400, "GET /datasets/x/items": 60,
		"PUT /key-value-stores/x/records/k": 200, "GET /key-value-stores/x/keys": 200, "GET /key-value-stores/x/records": 60,
		"POST /request-queues/x/head/lock": 40, "POST /request-queues/x/requests/batch": 40,
		"POST /request-queues/x/requests": 400, "GET /request-queues/x/requests": 400, "GET /users/me": 90, "GET /users/me/limits": 90, "DELETE /request-queues/x/requests/batch": 40, "PUT /request-queues/x/requests/i/lock": 400,
		"POST /actor-runs/r/dataset/items": 400, "GET /acts/a/runs/last/key-value-store/records/k": 200,
	} {
		method, path, _ := strings.Cut(path, " ")
		if got := limitOf(httptest.NewRequestWithContext(t.Context(), method, "/v2"+path, nil)); got != want {
			t.Errorf("%s %s: %d, want %d", method, path, got, want)
		}
	}
}

func TestChaos(t *testing.T) {
	parse := func(text string) Chaos {
		chaos, err := ParseChaos(text)
		if err != nil {
			t.Fatal(err)
		}
		return chaos
	}
	if got := parse("status=429,rate=0.1; latency=50ms;cut=0.01;"); len(got.faults) != 1 || got.faults[0] != (statusFault{429, 0.1}) || got.latency != 50*time.Millisecond || got.cut != 0.01 {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"status=200", "status=x", "status=500,rate=2", "status=500,rate=NaN", "status=500,x=1", "cut=-1", "latency=5", "latency=-5s", "cut=0.1,rate=1", "smoke"} {
		if chaos, err := ParseChaos(text); err == nil {
			t.Errorf("%s: %+v", text, chaos)
		}
	}
	newSite(t, Options{Anyone: true, Chaos: parse("status=503")}).want(503, "internal-server-error", "GET", "/datasets", "", "")
	cut := newSite(t, Options{Anyone: true, Chaos: parse("cut=1")})
	for range 20 {
		if got, err := cut.try("GET", "/datasets", "", ""); err == nil {
			t.Errorf("%+v", got)
		}
	}
	newSite(t, Options{Anyone: true, Chaos: parse("cut=0;status=500,rate=0")}).want(200, "", "GET", "/datasets", "", "")
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, "s3cret")
	s.want(401, "", "GET", "/datasets", "", "")
	s.want(200, "", "GET", "/datasets?token=s3cret", "", "")
	if strings.Count(log.String(), "\n") != 2 || strings.Contains(log.String(), "s3cret") || !strings.Contains(log.String(), "path=/v2/datasets status=401") {
		t.Errorf("%s", log.String())
	}
}

func TestOneServerADirectory(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); !isInUse(err) {
		t.Fatalf("%v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func isInUse(err error) bool {
	_, ok := errors.AsType[*InUseError](err)
	return ok
}
