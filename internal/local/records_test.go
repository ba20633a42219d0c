package local

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

func newStore(t *testing.T) (s *site, folder string) {
	t.Helper()
	s = newSite(t, t.TempDir())
	s.want(201, "POST", "/key-value-stores?name=store", "")
	return s, filepath.Join(s.dir, "key_value_stores", "store")
}

const storeRecords = "/key-value-stores/~store/records"

func (s *site) keys(query string) []string {
	s.t.Helper()
	list, _ := s.want(200, "GET", "/key-value-stores/~store/keys"+query, "").data(s.t)["items"].([]any)
	keys := []string{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		keys = append(keys, fmt.Sprint(object["key"]))
	}
	return keys
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func compressed(t *testing.T, encoding, text string) string {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if encoding == "br" {
		w = brotli.NewWriter(&out)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRecordsComeBack(t *testing.T) {
	s, _ := newStore(t)
	for _, size := range []int{0, 1, 1000, 1_000_000} {
		value := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{2}).Read(value) // never fails
		for _, encoding := range []string{"", "identity", "gzip", "br"} {
			body := string(value)
			if encoding == "gzip" || encoding == "br" {
				body = compressed(t, encoding, body)
			}
			s.want(201, "PUT", storeRecords+"/key", body, "Content-Encoding", encoding, "Content-Type", "application/x-thing")
			got := s.want(200, "GET", storeRecords+"/key", "")
			if got.body != string(value) || got.header.Get("Content-Type") != "application/x-thing" || got.header.Get("Content-Encoding") != "" {
				t.Errorf("%d bytes, %q: got %d bytes of %s", size, encoding, len(got.body), got.header.Get("Content-Type"))
			}
		}
	}
	s.want(400, "PUT", storeRecords+"/key", "this is no gzip", "Content-Encoding", "gzip")
	if got := s.want(415, "PUT", storeRecords+"/key", "x", "Content-Encoding", "zstd").errorType(t); got != "unsupported-content-encoding" {
		t.Errorf("got %s", got)
	}
	if got := s.want(200, "HEAD", storeRecords+"/key", ""); got.body != "" || got.header.Get("Content-Length") != "1000000" {
		t.Errorf("HEAD: %v", got)
	}
	if left := filesIn(t, filepath.Join(s.dir, durable.PrivateFolder, "tmp")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestRecordParts(t *testing.T) {
	s, _ := newStore(t)
	s.want(201, "POST", storeRecords+"/page", "<html>0123456789", "Content-Type", "text/html")
	whole := s.want(200, "GET", storeRecords+"/page?attachment=1", "")
	if !strings.HasPrefix(whole.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("got %v", whole.header)
	}
	part := s.want(206, "GET", storeRecords+"/page", "", "Range", "bytes=6-", "If-Range", whole.header.Get("ETag"))
	if part.body != "0123456789" || part.header.Get("Content-Range") != "bytes 6-15/16" {
		t.Errorf("got %q, %v", part.body, part.header)
	}
	s.want(201, "PUT", storeRecords+"/page", "another value", "Content-Type", "text/html")
	if changed := s.want(200, "GET", storeRecords+"/page", "", "Range", "bytes=6-", "If-Range", whole.header.Get("ETag")); changed.body != "another value" {
		t.Errorf("got %q", changed.body)
	}
}

// Keys that have no file name, or the same one, are kept apart; nothing leaves
// the folder.
func TestHostileKeys(t *testing.T) {
	s, folder := newStore(t)
	keys := []string{
		".", "..", "...", ".hidden", "a", "A", "a.txt", "a.txt.txt", "image", "image.png", "CON", "nul.txt", "__metadata__", "__metadata__.json",
		"x.__metadata__", "x.__metadata__.json", "trailing.", "-", "'()!", strings.Repeat("k", 251), strings.Repeat("k", 256), "default", "tmp",
	}
	slices.Sort(keys)
	for i, key := range keys {
		path := strings.ReplaceAll(key, ".", "%2E")
		contentType := []string{"text/plain", "image/png", "application/json"}[i%3]
		s.want(201, "PUT", storeRecords+"/"+path, key, "Content-Type", contentType)
	}
	fresh := newSite(t, s.dir) // which knows nothing but the directory
	for _, reader := range []*site{s, fresh} {
		if got := reader.keys(""); !slices.Equal(got, keys) {
			t.Errorf("got %q\nwant %q", got, keys)
		}
		for i, key := range keys {
			got := reader.want(200, "GET", storeRecords+"/"+strings.ReplaceAll(key, ".", "%2E"), "")
			if want := []string{"text/plain", "image/png", "application/json"}[i%3]; got.body != key || got.header.Get("Content-Type") != want {
				t.Errorf("%q: %q of %s, want %s", key, got.body, got.header.Get("Content-Type"), want)
			}
		}
	}
	for _, bad := range []string{"a%2Fb", "..%2F..%2Fx", "a%20b", "%C4%8D", strings.Repeat("k", 257), "a%00"} {
		if got := s.want(400, "PUT", storeRecords+"/"+bad, "x").errorType(t); got != "invalid-record-key" {
			t.Errorf("%s: %s", bad, got)
		}
		s.want(404, "GET", storeRecords+"/"+bad, "")
	}
	if got := filesIn(t, s.dir); !slices.Equal(got, []string{durable.PrivateFolder, "key_value_stores"}) {
		t.Errorf("the directory holds %q", got)
	}
	if got := filesIn(t, filepath.Dir(folder)); !slices.Equal(got, []string{"store"}) {
		t.Errorf("beside the store: %q", got)
	}
	for _, key := range keys {
		s.want(204, "DELETE", storeRecords+"/"+strings.ReplaceAll(key, ".", "%2E"), "")
	}
	if got := append(filesIn(t, folder), s.keys("")...); len(got) > 0 {
		t.Errorf("left: %q", got)
	}
}

func TestDeletedStoreLeavesNothing(t *testing.T) {
	s, folder := newStore(t)
	long := strings.Repeat("k", 256)
	s.want(201, "PUT", storeRecords+"/"+long, "x", "Content-Type", "application/x-odd")
	s.want(201, "PUT", storeRecords+"/odd", "x", "Content-Type", "application/x-odd")
	s.want(204, "DELETE", "/key-value-stores/~store", "")
	writeFile(t, filepath.Join(folder, "odd.bin"), "y")
	if got := s.keys(""); !slices.Equal(got, []string{"odd"}) {
		t.Errorf("got %q", got)
	}
	if got := s.want(200, "GET", storeRecords+"/odd", "").header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("got %s", got)
	}
}

// What was noted of a value is not true of one that an SDK wrote over it.
func TestNotesAreOfOneValue(t *testing.T) {
	s, folder := newStore(t)
	s.want(201, "PUT", storeRecords+"/odd", "x", "Content-Type", "application/x-odd")
	writeFile(t, filepath.Join(folder, "odd.bin"), "written by Crawlee")
	if got := s.want(200, "GET", storeRecords+"/odd", "").header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("got %s", got)
	}
	// One file a key: the other type's is gone.
	s.want(201, "PUT", storeRecords+"/odd", "{}", "Content-Type", "application/json; charset=utf-8")
	if got := filesIn(t, folder); !slices.Equal(got, []string{"odd.json"}) {
		t.Errorf("got %q", got)
	}
}

func TestForeignChangesAreSeen(t *testing.T) {
	s, folder := newStore(t)
	s.want(201, "PUT", storeRecords+"/one", "1", "Content-Type", "text/plain")
	s.want(404, "GET", storeRecords+"/two", "")
	writeFile(t, filepath.Join(folder, "two.txt"), "2")
	if got := s.want(200, "GET", storeRecords+"/two", "").body; got != "2" {
		t.Errorf("got %q", got)
	}
	if err := os.Remove(filepath.Join(folder, "one.txt")); err != nil {
		t.Fatal(err)
	}
	s.want(404, "GET", storeRecords+"/one", "")
	if got := s.keys(""); !slices.Equal(got, []string{"two"}) {
		t.Errorf("got %q", got)
	}
}

func TestKeysPaging(t *testing.T) {
	s, folder := newStore(t)
	var all []string
	for i := range 2345 {
		all = append(all, fmt.Sprintf("key-%04d", i))
		writeFile(t, filepath.Join(folder, all[i]+".txt"), strings.Repeat("x", i%7))
	}
	var got []string
	after := ""
	for {
		page := s.want(200, "GET", "/key-value-stores/~store/keys?exclusiveStartKey="+after, "").data(t)
		items, _ := page["items"].([]any)
		for _, item := range items {
			object, _ := item.(map[string]any)
			got = append(got, fmt.Sprint(object["key"]))
		}
		if page["isTruncated"] != true {
			if next, there := page["nextExclusiveStartKey"]; next != nil || !there {
				t.Errorf("the end says %v", page)
			}
			break
		}
		after, _ = page["nextExclusiveStartKey"].(string)
	}
	if !slices.Equal(got, all) {
		t.Errorf("%d keys", len(got))
	}
	if got := s.keys("?prefix=key-00&limit=3&exclusiveStartKey=key-0001"); !slices.Equal(got, []string{"key-0002", "key-0003", "key-0004"}) {
		t.Errorf("got %q", got)
	}
	if got := s.keys("?limit=0&prefix=key-000"); !slices.Equal(got, all[:10]) {
		t.Errorf("no limit: %q", got)
	}
	s.want(400, "GET", "/key-value-stores/~store/keys?collection=none", "")
	s.want(404, "GET", "/key-value-stores/~nowhere/keys", "")
}

func TestCollections(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/key-value-stores?name=store", `{"schema":{"collections":{"images":{"keyPrefix":"image-"},"result":{"key":"OUTPUT"}}}}`)
	for _, key := range []string{"image-1", "image-2", "OUTPUT", "OUTPUT2"} {
		s.want(201, "PUT", storeRecords+"/"+key, "x")
	}
	if got := s.keys("?collection=images"); !slices.Equal(got, []string{"image-1", "image-2"}) {
		t.Errorf("got %q", got)
	}
	if got := s.keys("?collection=result"); !slices.Equal(got, []string{"OUTPUT"}) {
		t.Errorf("got %q", got)
	}
}

func TestZipOfRecords(t *testing.T) {
	s, _ := newStore(t)
	want := map[string]string{"a": "1", "image": "2", "image.png": "3", "..": "4"}
	for key, value := range want {
		s.want(201, "PUT", storeRecords+"/"+strings.ReplaceAll(key, ".", "%2E"), value, "Content-Type", "image/png")
	}
	got := s.want(200, "GET", storeRecords, "").body
	archive, err := zip.NewReader(strings.NewReader(got), int64(len(got)))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		found[file.Name] = string(text)
	}
	if !maps.Equal(found, want) {
		t.Errorf("got %v", found)
	}
}

func TestRunsDefaultStoreIsMade(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(404, "PUT", "/key-value-stores/~default/records/OUTPUT", "{}")
	s.want(201, "PUT", "/actor-runs/someRun/key-value-store/records/OUTPUT", "{}", "Content-Type", "application/json")
	if got := s.want(200, "GET", "/key-value-stores/~default/records/OUTPUT", "").body; got != "{}" {
		t.Errorf("got %q", got)
	}
}

// A reader that began before a change gets the value that was there.
func TestReadersKeepTheirValue(t *testing.T) {
	s, _ := newStore(t)
	first := strings.Repeat("first ", 200_000)
	s.want(201, "PUT", storeRecords+"/key", first)
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://storage.test/v2"+storeRecords+"/key", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	s.want(201, "PUT", storeRecords+"/key", "second")
	got, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || sha256.Sum256(got) != sha256.Sum256([]byte(first)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
