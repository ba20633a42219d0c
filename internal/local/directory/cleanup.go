package directory

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// cleanup removes, once, what builds before 0.2 have kept beside the storages and
// this one does not read: journals of changes, which must not be made again,
// notes of interrupted pushes, packed copies of items, and what queues have in one
// saved index now.
type cleanup struct{ once sync.Once }

func (c *cleanup) run(d *Directory, root *os.Root) {
	c.once.Do(func() {
		for _, k := range Kinds() {
			if err := removeOld(root, k); err != nil {
				d.Log.Warn("what an earlier version has left in .apifyctl was not removed", "kind", k.String(), "error", err)
			}
		}
	})
}

func removeOld(root *os.Root, k Kind) error {
	folder, err := atomicfile.OpenPlainFolder(root, k.stateFolder())
	if err != nil {
		return atomicfile.IgnoreMissing(err)
	}
	entries, err := fs.ReadDir(folder.FS(), ".")
	errs := []error{err}
	for _, entry := range entries {
		if isOld(folder, k, entry) {
			errs = append(errs, folder.RemoveAll(entry.Name()))
		}
	}
	return errors.Join(append(errs, folder.Close())...)
}

// isOld goes by names that no file has that is read today: storages' names have
// no dot.
func isOld(folder *os.Root, k Kind, entry fs.DirEntry) bool {
	name := entry.Name()
	switch {
	case strings.HasSuffix(name, ".journal"):
		return true
	case k == Datasets:
		return strings.HasSuffix(name, ".pack") || strings.HasSuffix(name, ".placing.json")
	case k == RequestQueues && strings.HasSuffix(name, ".index"):
		return beginsWithBrace(folder, name)
	case k == RequestQueues:
		return strings.HasSuffix(name, ".changes") || strings.HasSuffix(name, ".clients.json")
	}
	return false
}

// beginsWithBrace tells an old index, which begins with its head in JSON.
func beginsWithBrace(folder *os.Root, name string) bool {
	file, err := atomicfile.OpenRegular(folder, name, os.O_RDONLY)
	if err != nil {
		return false
	}
	first := make([]byte, 1)
	_, err = io.ReadFull(file, first)
	return errors.Join(err, file.Close()) == nil && first[0] == '{'
}
