package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// placingFile is there, below .apifyctl, while the items of a push get their
// numbers. Where it is found by somebody who holds the lock, that push was
// killed, and nobody was told that it succeeded: it is undone, so that a push
// is stored as a whole or not at all. A single item needs none: one link is
// there or is not.
const placingFile = "datasets.placing.json"

type placing struct {
	Folder string `json:"folder"` // the dataset's
	Staged string `json:"staged"` // where the items were put together
	First  int64  `json:"first"`  // no item has a lower number
}

// undoPlacing takes back the items of a push that was killed half-way.
func (s *shelf) undoPlacing() error {
	if s.kind != datasets {
		return nil
	}
	var p placing
	note := privateFolder + "/" + placingFile
	err := readSmallJSON(s.root, note, &p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", placingFile, err)
	}
	// They become parts of paths.
	if strings.ContainsAny(p.Folder, `/\`) || !strings.HasPrefix(p.Staged, temporaryFolder+"/") || path.Clean(p.Staged) != p.Staged || p.First < 1 {
		return fmt.Errorf("%s names no folders", placingFile)
	}
	staged, err := fs.ReadDir(s.root.FS(), p.Staged)
	if ignoreMissing(err) != nil {
		return err
	}
	originals := make([]os.FileInfo, 0, len(staged))
	for _, entry := range staged {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		originals = append(originals, info)
	}
	// Items have their order: each is at its predecessor's number or behind it.
	number := p.First
	for left := len(originals); left > 0; {
		name := s.kind.folder() + "/" + p.Folder + "/" + itemName(number)
		info, err := s.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		if isOneOf(info, originals) {
			if err := s.root.Remove(name); err != nil {
				return err
			}
			left--
		}
		number++
	}
	return errors.Join(s.root.RemoveAll(p.Staged), s.root.Remove(note))
}

func isOneOf(file os.FileInfo, others []os.FileInfo) bool {
	for _, other := range others {
		if os.SameFile(file, other) {
			return true
		}
	}
	return false
}
