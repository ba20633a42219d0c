package local

import (
	"context"
	"errors"
)

// changeQueue runs do on a queue with its lock held, together with the changes
// of others. What do has changed is on the disk, and told to other processes,
// when changeQueue returns, also when do fails.
func (h *Handler) changeQueue(ctx context.Context, ref reference, clientKey string, do func(*openQueue) error) error {
	noted := func(q *openQueue) error {
		if err := q.shelf.noteClient(q.storage, clientKey); err != nil {
			return err
		}
		return do(q)
	}
	return h.queues.lines.run(ctx, ref, noted, h.changeQueueGroup)
}

func (h *Handler) changeQueueGroup(ctx context.Context, ref reference, jobs []*groupJob[*openQueue], begun *bool) error {
	return h.change(ctx, ref, func(s *shelf, found *storage) error {
		return h.withQueue(s, found, func(q *openQueue) error {
			if err := q.recover(); err != nil {
				return err
			}
			return q.during(ctx, func(q *openQueue) error {
				*begun = true
				for _, job := range jobs {
					job.err = job.do(q)
				}
				if err := q.finish(); err != nil {
					return err
				}
				q.warm()
				return h.keepQueueJournal(ctx, q)
			})
		})
	})
}

// finish makes the group's changes and tells of them.
func (q *openQueue) finish() error {
	if len(q.pending.order) == 0 {
		return nil
	}
	err := q.commit()
	if err != nil {
		q.index = nil // it knows of changes that were not made
		return err
	}
	changed := q.pending.order
	q.pending = pendingFiles{}
	return errors.Join(
		q.tell(q.shelf, q.storage, changed),
		editMetadata(q.shelf.root, requestQueues, q.storage.folder, edit{modified: q.now}))
}
