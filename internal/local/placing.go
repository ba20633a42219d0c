package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// placingFile is there while the items of a push get their numbers, beside the
// state of the dataset. Where it is found by somebody who holds the dataset's
// lock, that push was killed, and nobody was told that it succeeded: it is
// undone, so that a push is stored as a whole or not at all. Readers leave the
// items of such a push out. A single item needs no note: one link is there or
// is not.
func placingFile(folder string) string {
	return strings.TrimSuffix(stateFile(datasets, folder), itemSuffix) + placingSuffix
}

const placingSuffix = ".placing.json"

type placing struct {
	Folder string `json:"folder"` // the dataset's
	Staged string `json:"staged"` // where the items were put together
	First  int64  `json:"first"`  // no item has a lower number
}

// readPlacing is the note of a dataset's folder; nil where there is none.
func (s *shelf) readPlacing(folder string) (*placing, error) {
	if s.private == nil {
		return nil, nil
	}
	var p placing
	err := readSmallJSON(s.private, placingFile(folder), &p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", placingFile(folder), err)
	}
	// They become parts of paths.
	if p.Folder != folder || !strings.HasPrefix(p.Staged, temporaryFolder+"/") || path.Clean(p.Staged) != p.Staged || p.First < 1 {
		return nil, fmt.Errorf("%s names no folders", placingFile(folder))
	}
	return &p, nil
}

// visible takes the items of an unfinished push, by another process or one that
// was killed, out of a dataset's numbers. What this process pushes is no matter
// here: an index does not tell of it before all is there.
func (s *shelf) visible(folder string, read func() (*bitmap, error)) (*bitmap, error) {
	for try := 0; ; try++ {
		before, err := s.folders.Stat(folder)
		if err != nil {
			return nil, err
		}
		numbers, err := read()
		if err != nil {
			return nil, err
		}
		switch p, err := s.readPlacing(folder); {
		case err != nil: // none of ours; who changes something is told
			s.log.Warn("note of a push ignored", "dataset", folder, "error", err)
		case p != nil:
			return numbers.below(p.First), nil
		}
		after, err := s.folders.Stat(folder)
		if err != nil {
			return nil, err
		}
		// A push that began and ended in between was perhaps seen half-way.
		if try == visibleTries || after.ModTime().Equal(before.ModTime()) {
			return numbers, nil
		}
	}
}

// visibleTries bounds looking again at a dataset that never stops growing.
const visibleTries = 4

// undoPlacings undoes what was killed in any dataset.
func (h *Handler) undoPlacings(ctx context.Context) (err error) {
	root, err := h.root()
	if err != nil {
		return err
	}
	defer closing(root, &err)
	s, err := h.openShelf(root, datasets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	entries, err := fs.ReadDir(root.FS(), datasets.stateFolder())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), placingSuffix) {
			continue
		}
		var p placing
		name := datasets.folder() + "/" + entry.Name()
		if err := readSmallJSON(s.private, name, &p); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if placingFile(p.Folder) != name {
			return fmt.Errorf("%s names no folders", name)
		}
		err := h.alone(ctx, s, &storage{kind: datasets, folder: p.Folder}, func() error { return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// undoPlacing takes back the items of a push that was killed half-way. The
// storage's lock is held.
func (s *shelf) undoPlacing(folder string) error {
	if s.kind != datasets {
		return nil
	}
	p, err := s.readPlacing(folder)
	if p == nil || err != nil {
		return err
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
		name := s.kind.folder() + "/" + folder + "/" + itemName(number)
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
	if err := ignoreMissing(syncFolder(s.root, s.kind.folder()+"/"+folder)); err != nil {
		return err // the note stays until they are gone for good
	}
	if err := s.root.Remove(privateFolder + "/" + placingFile(folder)); err != nil {
		return err
	}
	if err := syncFolder(s.root, s.kind.stateFolder()); err != nil {
		return err
	}
	return s.root.RemoveAll(p.Staged)
}

func isOneOf(file os.FileInfo, others []os.FileInfo) bool {
	for _, other := range others {
		if os.SameFile(file, other) {
			return true
		}
	}
	return false
}
