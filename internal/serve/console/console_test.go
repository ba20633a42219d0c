package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// browser asks a console as a page of its own does.
type browser struct {
	t     *testing.T
	url   string
	http  *http.Client
	proof string
}

// newBrowser serves a console whose API tells what it was asked.
func newBrowser(t *testing.T) (*browser, *Console) {
	t.Helper()
	c, err := New(Options{
		About: About{Source: "storage", Local: true},
		API: func(user string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/v2/datasets/broken/items":
					wire.WriteError(w, wire.NewError(http.StatusServiceUnavailable, "busy", "Ask later"))
				case strings.HasSuffix(r.URL.Path, "/items") && r.URL.Query().Get("format") == "":
					w.Header().Set("X-Apify-Pagination-Total", "3")
					_, _ = io.WriteString(w, `[{"n":1},{"n":2.50},{"n":"x"}]`)
				case r.URL.Path == "/v2/datasets/secret":
					_, _ = io.WriteString(w, `{"data":{"id":"secret","urlSigningSecretKey":"hush","n":12345678901234567890}}`)
				default:
					_, _ = fmt.Fprintf(w, "%s %s cookie=%q token=%q", user, r.URL, r.Header.Get("Cookie"), r.Header.Get("Authorization"))
				}
			})
		},
		Admit: func(token string) (string, bool) { return "eve", token == "t0ken" },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Before(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot) // what is nobody's
	})))
	t.Cleanup(server.Close)
	jar, _ := cookiejar.New(nil)
	return &browser{t: t, url: server.URL, http: &http.Client{Jar: jar}}, c
}

func (b *browser) do(method, path, body string, header ...string) (int, string, http.Header) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.proof != "" {
		request.Header.Set(headerPage, b.proof)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := b.http.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, string(text), response.Header
}

func (b *browser) want(status int, text, method, path, body string, header ...string) string {
	b.t.Helper()
	got, answer, _ := b.do(method, path, body, header...)
	if got != status || !strings.Contains(answer, text) {
		b.t.Errorf("%s %s: %d %s, want %d %s", method, path, got, answer, status, text)
	}
	return answer
}

func (b *browser) enter(given string) {
	b.t.Helper()
	status, text, _ := b.do("POST", "/_console/session", given)
	var answer struct{ Data struct{ Proof string } }
	if status != http.StatusCreated || json.Unmarshal([]byte(text), &answer) != nil {
		b.t.Fatalf("no session: %d %s", status, text)
	}
	b.proof = answer.Data.Proof
}

func (b *browser) link(path string) string {
	b.t.Helper()
	var answer struct{ Data struct{ URL string } }
	text := b.want(201, "url", "POST", "/_console/links", `{"path":"`+path+`"}`)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		b.t.Fatal(err)
	}
	return answer.Data.URL
}

func TestKeysWorkOnce(t *testing.T) {
	b, c := newBrowser(t)
	key := c.Key("local")
	b.want(403, "console-key", "POST", "/_console/session", `{"key":"guess"}`)
	b.enter(`{"key":"` + key + `"}`)
	b.want(200, "local /v2/datasets", "GET", "/v2/datasets", "")
	b.want(403, "console-key", "POST", "/_console/session", `{"key":"`+key+`"}`)
	b.enter(`{"token":"t0ken"}`)
	b.want(200, "eve /v2/datasets", "GET", "/v2/datasets", "")
}

// A session is the cookie, the header, and a page of this very origin.
func TestHalvesOpenNothing(t *testing.T) {
	b, c := newBrowser(t)
	other, d := newBrowser(t)
	b.enter(`{"key":"` + c.Key("local") + `"}`)
	other.enter(`{"key":"` + d.Key("local") + `"}`)
	for name, header := range map[string][]string{
		"another origin": {"Sec-Fetch-Site", "cross-site"},
		"another port":   {"Sec-Fetch-Site", "same-site"},
		"an address":     {"Sec-Fetch-Site", "none"},
		"no browser":     {"Sec-Fetch-Site", ""},
		"another proof":  {headerPage, other.proof},
		"no proof":       {headerPage, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.want(401, "console-session", "GET", "/v2/datasets", "", header...)
			b.want(401, "console-session", "POST", "/_console/links", `{"path":"/v2/datasets"}`, header...)
			b.want(401, "console-session", "POST", "/_console/filter", `{}`, header...)
		})
	}
	b.t = t
	proof := b.proof
	b.proof = ""
	b.want(http.StatusTeapot, "", "GET", "/v2/datasets", "") // the cookie alone is like nothing
	b.proof, b.http.Jar = proof, nil
	b.want(401, "console-session", "GET", "/v2/datasets", "") // and so is the header
	b.want(401, "console-session", "GET", "/v2/datasets", "", "Cookie", c.sessions.cookie+"=bG9jYWw.x.y")
}

// What asked is not handed on, and a storage's signing secret not back.
func TestSecretsStayHere(t *testing.T) {
	b, c := newBrowser(t)
	b.enter(`{"key":"` + c.Key("local") + `"}`)
	b.want(200, `cookie="" token=""`, "GET", "/v2/datasets", "", "Authorization", "Bearer x")
	if text := b.want(200, `12345678901234567890`, "GET", "/v2/datasets/secret", ""); strings.Contains(text, "hush") {
		t.Errorf("the page gets the signing secret: %s", text)
	}
}

func TestLinks(t *testing.T) {
	b, c := newBrowser(t)
	b.enter(`{"key":"` + c.Key("local") + `"}`)
	link := b.link("/v2/key-value-stores/x/records/a%2Fb?attachment=1")
	b.proof, b.http.Jar = "", nil
	status, text, header := b.do("GET", link, "")
	if status != 200 || !strings.Contains(text, `local /v2/key-value-stores/x/records/a%2Fb?attachment=1 cookie="" token=""`) {
		t.Errorf("%d %s", status, text)
	}
	for name, want := range map[string]string{"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if !strings.Contains(header.Get(name), want) {
			t.Errorf("%s: %s", name, header.Get(name))
		}
	}
	b.want(403, "console-link", "GET", link, "", "Sec-Fetch-Site", "same-site")
	b.want(403, "console-link", "GET", strings.Replace(link, "records", "keys", 1), "")
	b.want(403, "console-link", "GET", link+"&x=1", "")
	b.want(405, "", "DELETE", link, "")
}

func TestLinksThatAreNotMade(t *testing.T) {
	b, c := newBrowser(t)
	b.enter(`{"key":"` + c.Key("local") + `"}`)
	for _, path := range []string{"", "/", "/favicon.ico", "//evil.example/v2/x", "https://evil.example/v2/x", "v2/x"} {
		b.want(400, "invalid-value", "POST", "/_console/links", `{"path":"`+path+`"}`)
	}
}

func TestFilter(t *testing.T) {
	b, c := newBrowser(t)
	b.enter(`{"key":"` + c.Key("local") + `"}`)
	b.want(200, `{"data":{"rows":[{"index":1,"item":{"n":2.50}}],"next":null,"total":3}}`, "POST", "/_console/filter", `{"dataset":"x","jq":".n - 1 > 1"}`)
	b.want(400, "cannot be read", "POST", "/_console/filter", `{"dataset":"x","jq":".n >"}`)
	b.want(200, "{\"n\":2.50}\n", "GET", b.link("/v2/datasets/x/items?format=jsonl&jq=.n%20-%201%20%3E%201"), "")
	b.want(200, `"n"`, "GET", b.link("/v2/datasets/x/items?format=csv&fields=n&jq=.n%20-%201%20%3E%201"), "")
}

// Formats that the API lacks are made here, with or without a filter.
func TestFormatsOfOurOwn(t *testing.T) {
	b, c := newBrowser(t)
	b.enter(`{"key":"` + c.Key("local") + `"}`)
	b.want(200, "n\n1\n2.50\nx\n", "GET", b.link("/v2/datasets/x/items?format=tsv"), "")
	b.want(200, "n\": 2.50\n", "GET", b.link("/v2/datasets/x/items?format=yaml&jq=.n%20==%202.5"), "")
	status, text, header := b.do("GET", b.link("/v2/datasets/x/items?format=parquet"), "")
	if status != 200 || !strings.HasPrefix(text, "PAR1") || !strings.HasSuffix(text, "PAR1") || header.Get("Content-Disposition") != "attachment" {
		t.Errorf("Parquet: %d %q %v", status, text, header)
	}
	b.want(200, "format=json", "GET", b.link("/v2/datasets/x/items?format=json"), "")
	// What fails before it has begun is no file.
	status, text, header = b.do("GET", b.link("/v2/datasets/broken/items?format=parquet"), "")
	if status != 503 || !strings.Contains(text, "later") || header.Get("Content-Disposition") != "" {
		t.Errorf("no items: %d %q %v", status, text, header)
	}
}

// The page is one answer: what it needs besides would be asked for later.
func TestFiles(t *testing.T) {
	b, _ := newBrowser(t)
	for _, path := range []string{"/", "/storage", "/storage/datasets/x", "/storage/keep"} {
		_, text, header := b.do("GET", path, "")
		for _, part := range []string{"<style>", "function DatasetView(", "color-scheme:"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the page lacks %s", path, part)
			}
		}
		if strings.Contains(text, "<link") || strings.Contains(text, "<script src") {
			t.Errorf("%s: the page asks for more", path)
		}
		for _, rule := range []string{"default-src 'none'", "require-trusted-types-for 'script'", "frame-ancestors 'none'", "connect-src 'self'"} {
			if !strings.Contains(header.Get("Content-Security-Policy"), rule) {
				t.Errorf("%s: the policy lacks %s: %s", path, rule, header.Get("Content-Security-Policy"))
			}
		}
	}
	b.want(200, "<svg", "GET", "/favicon.ico", "")
	b.want(404, "", "GET", "/_console/nothing", "")
	b.want(http.StatusTeapot, "", "GET", "/elsewhere", "")
}

// Libraries are as they were published, and nobody's page parses markup.
func TestScripts(t *testing.T) {
	published := map[string]string{ // npm: preact 11.2.0 dist/preact.mjs and hooks/dist/hooks.mjs, htm 3.1.1 dist/htm.mjs
		"preact.js": "bdcbd9abdf2c77c5c45326eab42191e949222d479d0d5f69467387a77040cb55",
		"hooks.js":  "e862ab2973aa6455eaa0f77c5d832d2157d6be59a17c8ba546550a575b58c6b4",
		"htm.js":    "ab33dd3f38059b9be4d5f5350128eefb2356639c4e0bbe9d9e8b3ba75847e9e4",
	}
	err := fs.WalkDir(embedded, "page", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".js") {
			return err
		}
		text, err := fs.ReadFile(embedded, path)
		if err != nil {
			return err
		}
		if name, ok := strings.CutPrefix(path, "page/vendor/"); ok {
			if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != published[name] {
				t.Errorf("%s is not what was published", name)
			}
			return nil
		}
		for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc", "http:", "https:"} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s: %s", path, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, c := newBrowser(t)
	var packed bytes.Buffer
	compressor := gzip.NewWriter(&packed)
	_, err = compressor.Write(c.files.page)
	if err := errors.Join(err, compressor.Close()); err != nil {
		t.Fatal(err)
	}
	if most := 60_000; packed.Len() > most {
		t.Errorf("the page is %d bytes, compressed; %d at most", packed.Len(), most)
	}
}
