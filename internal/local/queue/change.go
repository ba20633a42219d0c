package queue

import (
	"context"
	"errors"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// changeQueue runs do on a queue with its lock held, together with the changes
// of others. What do has changed is on the disk, and told to other processes,
// when changeQueue returns, also when do fails.
func (h *Handler) changeQueue(ctx context.Context, ref directory.Ref, clientKey string, do func(*openQueue) error) error {
	noted := func(q *openQueue) error {
		if err := noteClient(q.shelf, q.storage, clientKey); err != nil {
			return err
		}
		return do(q)
	}
	return h.queues.lines.Run(ctx, ref, noted, func(ctx context.Context, jobs []*durable.Job[*openQueue], begun *bool) error {
		return h.changeQueueGroup(ctx, ref, jobs, begun)
	})
}

func (h *Handler) changeQueueGroup(ctx context.Context, ref directory.Ref, jobs []*durable.Job[*openQueue], begun *bool) error {
	return h.Change(ctx, ref, func(s *directory.Collection, found *directory.Storage) error {
		return h.withQueue(s, found, func(q *openQueue) error {
			return q.during(ctx, func(q *openQueue) error {
				if q.legacy {
					return errLegacy
				}
				*begun = true
				for _, job := range jobs {
					job.Err = job.Do(q)
				}
				return q.finish()
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
		directory.EditMetadata(q.shelf.Root, directory.RequestQueues, q.storage.Folder, directory.MetadataEdit{Modified: q.now}))
}
