package transfer

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestOpenPartial(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	first, err := openPartial(path, journal{Version: journalVersion})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openPartial(path, journal{Version: journalVersion}); !errors.Is(err, errInUse) {
		t.Errorf("opened twice at the same time: %v, want %v", err, errInUse)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openPartial(path, journal{Version: journalVersion, Dataset: "other"}); !errors.Is(err, ErrOtherExport) {
		t.Errorf("opened for another dataset: %v, want %v", err, ErrOtherExport)
	}
	again, err := openPartial(path, journal{Version: journalVersion})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.remove(); err != nil {
		t.Error(err)
	}
}
