//go:build unix

package local

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// FuzzState: whatever stands in a file of the directory, ours or an SDK's, what is
// shown comes from inside it, the other files stay what they are when somebody looks,
// and a change that is answered as done is done.
func FuzzState(f *testing.F) {
	whole := f.TempDir()
	makeFuzzedSite(f, whole)
	files := fuzzedFiles(f, whole)
	for i, name := range files {
		text, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("named"), []byte("../../outside")), []byte(`":"`), []byte(`":"../outside/`)))
	}
	for _, text := range []string{
		`{"from":"named","to":"../../outside/taken","state":{"id":"x"}}`,
		`{"id":"../outside","named":true,"createdAt":"9999-99-99","schema":{"fields":{"$ref":"#"}}}`,
	} {
		for i, name := range files {
			if strings.HasSuffix(name, ".moving.json") || strings.HasPrefix(name, durable.PrivateFolder+"/datasets/") {
				f.Add(uint8(i), []byte(text))
			}
		}
	}
	const secret = "what is outside of the directory"
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		root := t.TempDir()
		dir, outside := filepath.Join(root, "storage"), filepath.Join(root, "outside")
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"000000001.json", "INPUT.txt"} {
			if err := os.MkdirAll(outside, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(outside, name), []byte(`{"a":"`+secret+`"}`), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		name := files[int(which)%len(files)]
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, root)
		s := newToldSite(t, dir)
		for path, answer := range viewOf(t, s) {
			if strings.Contains(answer, secret) {
				t.Errorf("with %q in %s, %s shows %s", text, name, path, answer)
			}
		}
		after := snapshot(t, root)
		for path, was := range before {
			if !strings.Contains(path, durable.PrivateFolder) && after[path] != was {
				t.Errorf("with %q in %s, looking changed %s from %q to %q", text, name, path, was, after[path])
			}
		}
		changeDamaged(t, s)
		if got := snapshot(t, outside); len(got) != 3 {
			t.Errorf("with %q in %s, a change left outside: %v", text, name, got)
		}
	})
}

// makeFuzzedSite adds what SDKs leave to a directory with everything of ours.
func makeFuzzedSite(t testing.TB, dir string) {
	makeDamagedSite(t, dir)
	for name, text := range map[string]string{
		".apifyctl/datasets.moving.json":                  `{"from":"named","to":"named","state":{"id":"abcdefghijklmnopq"}}`,
		"datasets/python/__metadata__.json":               `{"id":"3ce1e9d8-7a4c-4d8a-9b57-2a7a8a3b8f10","name":null,"created_at":"2026-01-02T03:04:05Z","item_count":1}`,
		"datasets/python/000000001.json":                  `{"n":1}`,
		"key_value_stores/python/__metadata__.json":       `{"id":"5ce1e9d8-7a4c-4d8a-9b57-2a7a8a3b8f10","name":"python"}`,
		"key_value_stores/python/INPUT":                   `{"n":1}`,
		"key_value_stores/python/INPUT.__metadata__.json": `{"key":"INPUT","content_type":"application/json","size":7}`,
		"request_queues/python/__metadata__.json":         `{"id":"7ce1e9d8-7a4c-4d8a-9b57-2a7a8a3b8f10","name":"python","handled_request_count":0,"pending_request_count":1,"total_request_count":1}`,
		"request_queues/python/abcdefghijklmno.json":      `{"id":"abcdefghijklmno","unique_key":"k","url":"https://example.com","method":"GET"}`,
		"request_queues/javascript/qrstuvwxyzabcde.json":  `{"id":"qrstuvwxyzabcde","json":"{\"url\":\"https://example.com\",\"uniqueKey\":\"k\"}","orderNo":1,"retryCount":0,"uniqueKey":"k","url":"https://example.com"}`,
		"request_queues/javascript/__metadata__.json":     `{"id":"javascript","name":"javascript"}`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fuzzedFiles are the files of a directory, below it.
func fuzzedFiles(t testing.TB, dir string) (files []string) {
	t.Helper()
	for path, text := range snapshot(t, dir) {
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && text != "" {
			files = append(files, relative)
		}
	}
	slices.Sort(files)
	return files
}
