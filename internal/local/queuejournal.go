package local

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
)

// A queue has one small file a request, and changes come in small batches.

func (q *openQueue) ownJournal() journal {
	return journal{q.shelf.root, journalFile(requestQueues, q.storage.folder), q.identity}
}

// pathOf is where a file is that a journal names, below the storage directory.
func (s *storage) pathOf(place journalPlace) string { return s.path() + "/" + place.name }

// journal appends changes. The lock must be held.
func (q *openQueue) journal(changes []*fileChange) error {
	own := q.ownJournal()
	size, there, err := own.size()
	if err != nil {
		return err
	}
	if there && size >= maxJournal {
		if err := own.settle(q.files, q.storage.pathOf); err != nil {
			return err
		}
	}
	if !there || size >= maxJournal {
		if err := own.begin(); err != nil {
			return err
		}
	}
	return own.tell(changes)
}

// keepQueueJournal has a journal settled that has grown, before somebody has to
// wait for it.
func (h *Handler) keepQueueJournal(ctx context.Context, q *openQueue) error {
	own, folder := q.ownJournal(), q.storage.folder
	size, _, err := own.size()
	if err == nil && size >= queueJournalGrown {
		h.keeper.grown(own.name, func() error { return h.settleQueue(context.WithoutCancel(ctx), folder) }, h.log)
	}
	return err
}

// settleQueue settles the journal of a queue's folder and removes it.
func (h *Handler) settleQueue(ctx context.Context, folder string) error {
	return h.settleJournal(ctx, requestQueues, folder, func(s *shelf, found *storage) error {
		return h.withQueue(s, found, func(q *openQueue) error {
			if err := q.recover(); err != nil {
				return err
			}
			if err := q.ownJournal().settle(q.files, q.storage.pathOf); err != nil {
				return err
			}
			return q.ownJournal().remove()
		})
	})
}

// recover makes the changes of a journal again after the machine has died. The
// lock must be held. A file that somebody has written since is left alone.
func (q *openQueue) recover() error {
	_, err := q.ownJournal().recover(&q.settled, q.files, q.storage.pathOf, q.redo)
	return err
}

func (q *openQueue) redo(line *journalLine) error {
	if !isRequestFile(line.Name) || strings.ContainsAny(line.Name, `/\`) {
		return nil
	}
	text, since, err := q.writtenSince(line)
	switch {
	case errors.Is(err, fs.ErrNotExist) && line.Deleted:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && since:
		return nil
	case line.Deleted:
		return ignoreMissing(q.files.Remove(line.Name))
	case err == nil && bytes.Equal(text, line.content()):
		return nil
	}
	return replaceFile(q.shelf.root, q.storage.path()+"/"+line.Name, line.content())
}

// writtenSince returns a file and whether somebody has written it after the line.
// Files are used again (spares), and the last one that a name led to on the disk
// may have got another request's content since: that is nobody's.
func (q *openQueue) writtenSince(line *journalLine) (text []byte, since bool, err error) {
	info, err := q.files.Lstat(line.Name)
	if err != nil {
		return nil, false, err
	}
	if text, err = q.files.ReadFile(line.Name); err != nil {
		return nil, false, err
	}
	found, broken := parseRequestFile(text, info.ModTime())
	own, named := parseRequestID(strings.TrimSuffix(line.Name, itemSuffix))
	return text, info.ModTime().UnixMicro() > line.Time && broken == nil && (!named || found.id == own), nil
}
