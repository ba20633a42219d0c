package directory

import (
	"os"
	"runtime"
	"sync"
	"testing"
)

// Folders are synced for all who wait, and every one of them hears of an error.
func TestFolderSyncs(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := &Directory{}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := d.syncFolder(t.Context(), root, "."); err != nil {
				t.Error(err)
			}
			if err := d.syncFolder(t.Context(), root, "gone"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.syncFolder(t.Context(), root, "."); err == nil && runtime.GOOS != "windows" { // which has no such call
		t.Error("a folder that cannot be synced was synced")
	}
}
