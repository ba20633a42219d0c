//go:build unix

package dataset

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// Only regular files are items. Nothing else is opened, and all of it is said but
// folders, which the SDKs pass over as well.
func TestWhatIsNoItem(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "datasets", "d")
	writeFile(t, filepath.Join(dir, "outside.json"), `{"secret":1}`)
	for _, name := range []string{"000000001.json", "7.json", "12.json", "000000012.json", "notes.txt", "a.json"} {
		writeFile(t, filepath.Join(folder, name), "{}")
	}
	for _, err := range []error{
		syscall.Mkfifo(filepath.Join(folder, "000000002.json"), 0o600),
		os.Mkdir(filepath.Join(folder, "000000003.json"), 0o700),
		os.Symlink("../../outside.json", filepath.Join(folder, "000000004.json")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	files, err := directory.Open(dir, nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	h := New(files)
	files.Serve(nil, map[directory.Kind]directory.Contents{directory.Datasets: h})
	numbers, err := h.readNumbers("d")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for n := range numbers.ascending(0) {
		got = append(got, numbers.name(n))
	}
	if want := []string{"000000001.json", "7.json", "000000012.json"}; !slices.Equal(got, want) {
		t.Errorf("items %q, want %q", got, want)
	}
	for _, said := range []string{"000000002.json is a named pipe", "000000004.json is a link", "12.json and"} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("nothing is said of %q in:\n%s", said, log.String())
		}
	}
	if strings.Contains(log.String(), "000000003.json") {
		t.Errorf("a folder was mentioned:\n%s", log.String())
	}
	// A new item takes none of these names.
	if _, err := h.push(t.Context(), directory.Ref{Kind: directory.Datasets, Name: "d"}, [][]byte{[]byte(`{"new":1}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "000000013.json")); err != nil {
		t.Error(err)
	}
}
