package since

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// disk is files as a program has them.
type disk struct{}

func (disk) OpenFile(_ context.Context, path string) (io.ReadCloser, error) { return os.Open(path) }
func (disk) WriteFile(_ context.Context, path string, text []byte) error {
	return os.WriteFile(path, text, 0o600)
}

func TestPath(t *testing.T) {
	for output, want := range map[string]string{
		"all.jsonl":               ".all.jsonl.apifyctl-state",
		"out/all.jsonl":           "out/.all.jsonl.apifyctl-state",
		"out/{date}/{name}.csv":   "out/._date___name_.csv.apifyctl-state",
		"s3://b/raw/{run}.jsonl":  "s3://b/raw/._run_.jsonl.apifyctl-state",
		"s3://b/raw-{date}.jsonl": "s3://b/.raw-_date_.jsonl.apifyctl-state",
	} {
		if got := Path(output); got != want {
			t.Errorf("%s: %s, want %s", output, got, want)
		}
	}
}

func open(t *testing.T, path string) *Book {
	t.Helper()
	b, err := Open(t.Context(), disk{}, path, "all.jsonl", "jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	b := open(t, path)
	if _, err := Open(t.Context(), disk{}, path, "all.jsonl", "jsonl"); !errors.Is(err, errInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := b.Begin(t.Context(), []File{{Path: "a", First: map[string]int64{"x": 3}}, {Path: "b", First: map[string]int64{"y": 0}}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	// It was killed: what was being written is known.
	b = open(t, path)
	if at, first, ok := b.Interrupted("x"); at != "a" || first != 3 || !ok || !b.WasWriting("b") {
		t.Errorf("interrupted: %s, %d, %v", at, first, ok)
	}
	now := time.Now()
	if err := b.Done(t.Context(), "a", 17, map[string]Taken{"x": {Items: 5, Last: "l", Modified: now}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Save(t.Context()), b.Close()); err != nil {
		t.Fatal(err)
	}
	b = open(t, path)
	taken, _ := b.Taken("x")
	written, _ := b.Written("a")
	if taken.Items != 5 || !taken.Modified.Equal(now) || written.Length != 17 || written.First["x"] != 3 || b.WasWriting("a") || !b.WasWriting("b") {
		t.Errorf("%+v, %+v", taken, written)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), disk{}, path, "other.jsonl", "jsonl"); err == nil || !strings.Contains(err.Error(), "is of an export to all.jsonl") {
		t.Errorf("another destination: %v", err)
	}
	if _, err := Open(t.Context(), disk{}, path, "all.jsonl", "csv a,b"); err == nil || !strings.Contains(err.Error(), "of another shape") {
		t.Errorf("another shape: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte("17"), []byte("18"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), disk{}, path, "all.jsonl", "jsonl"); err == nil || !strings.Contains(err.Error(), "is broken") {
		t.Errorf("a flipped bit: %v", err)
	}
}
