package directory

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// What earlier builds have left goes with the first write, and nothing else does.
func TestOldFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	private := filepath.Join(dir, durable.PrivateFolder)
	old := []string{
		"datasets/d.pack/0", "datasets/d.placing.json", "key_value_stores/s.journal",
		"request_queues/q.journal", "request_queues/q.changes", "request_queues/q.clients.json", "request_queues/old.index",
	}
	kept := []string{
		"datasets/d.json", "key_value_stores/s.json", "request_queues/q.json", "request_queues/q.index",
		"request_queues/clients.json", "users/pack", "signing-key",
	}
	for _, name := range slices.Concat(old, kept) {
		text := "apifyctl"
		if name == "request_queues/old.index" {
			text = `{"format":1}`
		}
		path := filepath.Join(private, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := newDirectory(t, dir)
	told := d.tell(t)
	there := func(name string) bool {
		_, err := os.Lstat(filepath.Join(private, filepath.FromSlash(name)))
		return err == nil
	}
	if err := d.Read(RequestQueues, func(*Collection) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if !there(name) {
			t.Errorf("reading has removed %s", name)
		}
	}
	if err := d.write(t.Context(), Datasets, func(*Collection) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if there(name) {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range kept {
		if !there(name) {
			t.Errorf("%s is gone", name)
		}
	}
	if told.Len() > 0 {
		t.Errorf("told %s", told)
	}
}
