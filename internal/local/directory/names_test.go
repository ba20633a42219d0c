package directory

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"azAZ09": true, "a-b": true, "9": true, strings.Repeat("n", 63): true,
		"": false, strings.Repeat("n", 64): false, "-a": false, "a-": false, "a_b": false, "a/b": false, "ä": false,
		"com0": false, "COM9": false, "lpt5": false, "nul": false, "coma": true, "com10": true, "com": true,
	} {
		if err := checkName(Datasets, name); (err == nil) != want {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}

// A storage has one lock, however its name is spelled, and there are not more
// locks than there are to be.
func TestLocksOfStorages(t *testing.T) {
	locks := map[string]bool{}
	for n := range 2000 {
		locks[storageLock(Datasets, "Shop-"+strconv.Itoa(n))] = true
	}
	if len(locks) > locksEachKind {
		t.Errorf("%d locks", len(locks))
	}
	if a, b := storageLock(Datasets, "Shop"), storageLock(Datasets, "sHOP"); a != b {
		t.Errorf("one storage has the locks %s and %s", a, b)
	}
}

// Links lead to where the client has reached the server.
func TestAddressOfTheServer(t *testing.T) {
	for want, r := range map[string]*http.Request{
		"http://a.example/v2":        {Host: "a.example", URL: &url.URL{Path: "/v2/datasets"}},
		"https://a.example/v2":       {Host: "a.example", URL: &url.URL{Path: "/v2/datasets"}, TLS: &tls.ConnectionState{}},
		"https://in.process/v2":      {Host: "in.process", URL: &url.URL{Scheme: "https"}},
		"http://plain.in.process/v2": {Host: "plain.in.process", URL: &url.URL{Scheme: "http"}},
	} {
		if got := BaseURL(r); got != want {
			t.Errorf("the address is %s, want %s", got, want)
		}
	}
}

// Who is not the owner is not told where the directory is.
func TestConcealedErrors(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	for text, want := range map[string]string{
		"open " + filepath.Join(d.dir, "datasets", "a") + ": no": "open " + filepath.Join("datasets", "a") + ": no",
		"open " + d.dir + ": no":                                 "open the storage directory: no",
		"something else":                                         "something else",
	} {
		err := errors.New(text)
		if got := d.Concealed(err); got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%q is told as %q, want %q", text, got, want)
		}
	}
}
