package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A part of one coding and a part of another are not the same file's: each has
// an ETag of its own.
func TestTagsOfCodings(t *testing.T) {
	s := newSite(t, Options{}, "token")
	s.want(201, "", "POST", "/key-value-stores?name=s", "token", "")
	const path = "/key-value-stores/~s/records/k"
	value := strings.Repeat("0123456789", 1000)
	s.want(201, "", "PUT", path, "token", value, "Content-Type", "text/plain")
	plain := s.want(200, value, "GET", path, "token", "").header.Get("ETag")
	if plain == "" {
		t.Fatal("no ETag")
	}
	for _, coding := range encodings() {
		t.Run(coding, func(t *testing.T) {
			s := &site{t, s.url, s.http}
			get := func(status int, header ...string) reply {
				t.Helper()
				return s.want(status, "", "GET", path, "token", "", append(header, "Accept-Encoding", coding)...)
			}
			packed := get(200)
			tag := packed.header.Get("ETag")
			if packed.header.Get("Content-Encoding") != coding || tag == plain || !strings.HasPrefix(tag, `"`) {
				t.Errorf("ETag %s of %v, %s of plain", tag, packed.header, plain)
			}
			if same := get(304, "If-None-Match", tag); same.header.Get("ETag") != tag {
				t.Errorf("not modified: ETag %s, want %s", same.header.Get("ETag"), tag)
			}
			get(200, "If-None-Match", `"other-`+coding+`"`)
			// What was begun packed does not go on plain.
			if whole := get(200, "Range", "bytes=5-", "If-Range", tag); whole.header.Get("ETag") != tag {
				t.Errorf("begun anew: ETag %s, want %s", whole.header.Get("ETag"), tag)
			}
			part := get(206, "Range", "bytes=9990-", "If-Range", plain)
			if part.body != "0123456789" || part.header.Get("Content-Encoding") != "" || part.header.Get("ETag") != plain {
				t.Errorf("a part: %q, %v", part.body, part.header)
			}
		})
	}
}

// Who leaves the answer to a look for nothing unread has no connection to wait for.
func TestConnectionsAfterNothing(t *testing.T) {
	s := newSite(t, Options{}, "token")
	for path, closed := range map[string]bool{"/datasets/~none": true, "/datasets": false} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer token")
		response, err := s.http.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if response.Close != closed {
			t.Errorf("%s: the connection is closed: %t", path, response.Close)
		}
	}
}

// Nothing that is answered runs where the API is.
func TestContentSecurityPolicy(t *testing.T) {
	s := newSite(t, Options{}, "token")
	s.want(201, "", "POST", "/key-value-stores?name=s", "token", "")
	for kind, sandboxed := range map[string]bool{
		"text/html": true, "text/html; charset=utf-8": true, "image/svg+xml": true, "application/xml": true, "text/plain": true,
		"application/pdf": false, "": true, "application/pdf, text/html": true,
	} {
		s.want(201, "", "PUT", "/key-value-stores/~s/records/k", "token", "<script>", "Content-Type", kind)
		got := s.want(200, "", "GET", "/key-value-stores/~s/records/k", "token", "")
		policy := got.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'none'") || strings.Contains(policy, "sandbox") != sandboxed || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q of %v", kind, policy, got.header)
		}
	}
}

// Bodies that stand still, and those that only trickle, come to an end.
func TestSlowBodies(t *testing.T) {
	failed := make(chan error, 1)
	const patience = 100 * time.Millisecond
	server := httptest.NewServer(impatient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil { // the connection must outlive the time for bodies
			select {
			case <-r.Context().Done():
				err = r.Context().Err()
			case <-time.After(2 * patience):
			}
		}
		failed <- err
		w.WriteHeader(http.StatusNoContent)
	}), patience))
	defer server.Close()
	for name, c := range map[string]struct {
		pause time.Duration // between bytes
		bytes int
		want  error
	}{
		"at once":    {0, 1000, nil},
		"trickling":  {patience / 4, 1000, os.ErrDeadlineExceeded},
		"stands":     {time.Hour, 1000, os.ErrDeadlineExceeded},
		"empty":      {0, 0, nil},
		"in a while": {patience / 4, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = connection.Close() }()
			if _, err := fmt.Fprintf(connection, "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", c.bytes); err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				for range c.bytes {
					if _, err := connection.Write([]byte("x")); err != nil {
						return
					}
					if c.pause == 0 {
						continue
					}
					select {
					case <-time.After(c.pause):
					case <-stop:
						return
					}
				}
			}()
			if err := <-failed; !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
		})
	}
}

// Where the directory is on the machine is nobody's business.
func TestErrorsWithoutPaths(t *testing.T) {
	for name, spoil := range map[string]string{
		"a folder for a lock":  ".apifyctl/datasets.lock",
		"a folder for a list":  "runs.json",
		"a folder for a state": ".apifyctl/limits.json",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			server, err := Open(t.Context(), dir, Options{Anyone: true})
			if err != nil {
				t.Fatal(err)
			}
			network := httptest.NewServer(server)
			defer func() {
				network.Close()
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			}()
			s := &site{t, network.URL + "/v2", http.DefaultClient}
			path := filepath.Join(dir, filepath.FromSlash(spoil))
			if err := errors.Join(os.RemoveAll(path), os.MkdirAll(path, 0o755)); err != nil {
				t.Fatal(err)
			}
			for _, c := range [][2]string{{"POST", "/datasets?name=d"}, {"GET", "/datasets"}, {"GET", "/actor-runs"}, {"GET", "/users/me/limits"}} {
				got, err := s.try(c[0], c[1], "", "")
				if err != nil || strings.Contains(got.body, dir) {
					t.Errorf("%v: %d %s %v", c, got.status, got.body, err)
				}
			}
		})
	}
}

// After a body in chunks nothing more is taken from a connection.
func TestOneRequest(t *testing.T) {
	handler := oneRequest(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for name, c := range map[string]struct {
		codings []string
		want    string
	}{
		"a length": {},
		"chunks":   {[]string{"chunked"}, "close"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
			request.TransferEncoding = c.codings
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if got := answer.Header().Get("Connection"); got != c.want {
				t.Errorf("Connection: %q, want %q", got, c.want)
			}
		})
	}
}
