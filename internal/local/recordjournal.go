package local

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"
)

// recover makes the changes of a journal again after the machine has died.
func (b *recordBatch) recover() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	made, err := b.journal.recover(&b.settled, b.inside, b.pathOf, b.redo)
	if made {
		b.seen = [2]fs.FileInfo{}
	}
	return err
}

// redo makes a change again, unless somebody has written the file since. A
// staged file is older than its line, so one that did not get to the disk as a
// whole is never taken for somebody else's.
func (b *recordBatch) redo(line *journalLine) error {
	switch {
	case line.In != "" && line.In != valuesFolder && line.In != typesFolder:
		return nil
	case line.Name == "" || line.Name == "." || line.Name == ".." || strings.ContainsAny(line.Name, `/\`):
		return nil
	}
	place := b.pathOf(journalPlace{line.In, line.Name})
	info, err := b.shelf.root.Lstat(place)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	there := err == nil
	if line.Placed {
		if there && info.Size() == line.Size && info.ModTime().UnixNano() == line.Modified {
			return nil
		}
		if line.before == nil {
			return nil // nor is it acknowledged, then
		}
		line = line.before
	}
	if there && info.ModTime().UnixMicro() > line.Time {
		return nil
	}
	if line.Deleted {
		return ignoreMissing(b.shelf.root.Remove(place))
	}
	if there && info.Mode().IsRegular() && info.Size() == int64(len(line.content())) && (line.Modified == 0 || info.ModTime().UnixNano() == line.Modified) {
		text, err := b.shelf.root.ReadFile(place)
		if err != nil || bytes.Equal(text, line.content()) {
			return err
		}
	}
	return b.restore(place, line)
}

// restore writes a file anew, with the time that it had.
func (b *recordBatch) restore(place string, line *journalLine) error {
	root := b.shelf.root
	if err := makeFolders(root, path.Dir(place)); err != nil {
		return err
	}
	name, err := writeTemporary(root, line.content())
	if err != nil {
		return err
	}
	if line.Modified != 0 { // what is noted of the value goes by it
		modified := time.Unix(0, line.Modified)
		if err := root.Chtimes(name, modified, modified); err != nil {
			return errors.Join(err, root.Remove(name))
		}
	}
	if err := root.Rename(name, place); err != nil {
		return errors.Join(err, root.Remove(name))
	}
	return syncFolder(root, path.Dir(place))
}

// settle brings to the disk what the journal tells, and removes it.
func (b *recordBatch) settle() error {
	if _, there, err := b.journal.size(); !there || err != nil {
		return err
	}
	if err := b.journal.settle(b.inside, b.pathOf); err != nil {
		return err
	}
	return b.journal.remove()
}

// keepJournal has the journal settled, if there is one, when it has grown or is
// no longer written to.
func (b *recordBatch) keepJournal(ctx context.Context) error {
	if !b.told {
		return nil
	}
	size, there, err := b.journal.size()
	if there {
		b.handler.keeper.used(b.store.folder, size, func(folder string) error {
			return b.handler.settleStore(context.WithoutCancel(ctx), folder)
		}, b.handler.log)
	}
	return err
}

// settleStore settles the journal of a store's folder, if there is one.
func (h *Handler) settleStore(ctx context.Context, folder string) error {
	return h.settleJournal(ctx, keyValueStores, folder, func(s *shelf, found *storage) error {
		return h.leaveStore(s, found.folder)
	})
}

// settleJournal runs settle, with the storage's lock held, if there is a journal.
// Most of it goes to the disk before, while others can work on.
func (h *Handler) settleJournal(ctx context.Context, k kind, folder string, settle func(*shelf, *storage) error) error {
	return h.read(k, func(s *shelf) error {
		if s.root == nil {
			return nil
		}
		size, there, err := journal{root: s.root, name: journalFile(k, folder)}.size()
		if !there || err != nil {
			return err
		}
		if size > fewToSettle && s.folders != nil {
			if err := syncAll(s.folders); err != nil {
				return err
			}
		}
		return h.alone(ctx, s, &storage{kind: k, folder: folder}, func() error {
			found, err := s.load(folder)
			if err != nil {
				return ignoreMissing(err)
			}
			return settle(s, found)
		})
	})
}

// leaveStore sees to it that a store needs no journal. Its lock must be held.
func (h *Handler) leaveStore(s *shelf, folder string) error {
	store, err := s.load(folder)
	if err != nil {
		return err
	}
	return h.withBatch(s, store, (*recordBatch).settle)
}

// settleStores settles the journals that processes have left, killed ones
// perhaps: what a journal tells and nobody was told must not come to be later.
func (h *Handler) settleStores(ctx context.Context) (err error) {
	root, err := h.root()
	if err != nil {
		return err
	}
	defer closing(root, &err)
	s, err := h.openShelf(root, keyValueStores)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	entries, err := fs.ReadDir(root.FS(), keyValueStores.stateFolder())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), journalSuffix) {
			continue
		}
		own := journal{root: root, name: keyValueStores.stateFolder() + "/" + entry.Name()}
		head, err := own.head()
		if err != nil {
			return err
		}
		found, err := h.findByID(s, reference{kind: keyValueStores, id: head.Folder.ID})
		if err != nil {
			return err
		}
		if found == nil || journalFile(keyValueStores, found.folder) != own.name {
			err = own.remove() // the store is gone
		} else {
			err = h.settleStore(ctx, found.folder)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
