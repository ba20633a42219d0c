package durable

import (
	"os"
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
	var syncs FolderSyncs
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := syncs.Sync(root, "."); err != nil {
				t.Error(err)
			}
			if err := syncs.Sync(root, "gone"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(syncs.folders) != 0 {
		t.Errorf("%d folders are kept", len(syncs.folders))
	}
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syncs.Sync(root, "."); err == nil {
		t.Error("a folder that cannot be synced was synced")
	}
}
