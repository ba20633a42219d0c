package local

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/inprocess"
)

// site is a directory and a client for it.
type site struct {
	t       testing.TB
	dir     string
	handler *Handler
	client  *http.Client
}

func newSite(t testing.TB, dir string) *site {
	t.Helper()
	h, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{t, dir, h, &http.Client{Transport: inprocess.New(h)}}
}

// newLoggedSite is newSite with what is logged.
func newLoggedSite(t testing.TB, dir string) (s *site, told *bytes.Buffer) {
	t.Helper()
	told = &bytes.Buffer{}
	h, err := Open(dir, Options{Logger: slog.New(slog.NewTextHandler(told, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() }) // which may have something to say of what is broken
	return &site{t, dir, h, &http.Client{Transport: inprocess.New(h)}}, told
}

type reply struct {
	status int
	header http.Header
	body   string
	err    error // while reading the body
}

func (s *site) do(method, path, body string, header ...string) reply {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, "http://storage.test/v2"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		s.t.Error(err)
	}
	return reply{response.StatusCode, response.Header, string(text), err}
}

// want does a request and checks the status.
func (s *site) want(status int, method, path, body string, header ...string) reply {
	s.t.Helper()
	got := s.do(method, path, body, header...)
	if got.err != nil {
		s.t.Fatalf("%s %s: %v", method, path, got.err)
	}
	if got.status != status {
		s.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
	}
	return got
}

func (r reply) data(t testing.TB) map[string]any {
	t.Helper()
	var envelope struct{ Data map[string]any }
	if err := json.Unmarshal([]byte(r.body), &envelope); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return envelope.Data
}

func (r reply) errorType(t testing.TB) string {
	t.Helper()
	var envelope struct {
		Error struct{ Type, Message string }
	}
	if err := json.Unmarshal([]byte(r.body), &envelope); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	if envelope.Error.Message == "" {
		t.Errorf("no message in %s", r.body)
	}
	return envelope.Error.Type
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// snapshot is every path below dir with what it holds.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			files[path] = "folder"
			return nil
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func numbersFrom(first, count int) string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf(`{"n":%d}`, first+i)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// itemName is the file of an item, as the SDKs call it.
func itemName(number int64) string { return fmt.Sprintf("%09d.json", number) }

// requestID is the ID of a request, as the API computes it from its unique key.
func requestID(uniqueKey string) string {
	sum := sha256.Sum256([]byte(uniqueKey))
	return strings.NewReplacer("+", "", "/", "", "=", "").Replace(base64.StdEncoding.EncodeToString(sum[:]))[:15]
}

// setTime makes a file or folder look as if it was last changed then.
func setTime(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}
