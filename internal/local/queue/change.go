package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/apifyctl/apifyctl/internal/groupcommit"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// changeQueue runs do on a queue with its lock held, together with the changes
// of others. What do has changed is on the disk when changeQueue returns, also
// when do fails; locks are in the files.
func (h *Handler) changeQueue(ctx context.Context, ref directory.Ref, clientKey string, do func(*openQueue) error) error {
	noted := func(q *openQueue) error {
		if clientKey != "" || h.Served {
			q.noted = q.clients.note(clientKey) || q.noted
		}
		return do(q)
	}
	return h.groups.Run(ctx, ref, noted, func(ctx context.Context, jobs []*groupcommit.Job[*openQueue], begun *bool) error {
		return h.changeQueueGroup(ctx, ref, jobs, begun)
	})
}

// changeWith is changeQueue for what needs the files of drafts.
func (h *Handler) changeWith(ctx context.Context, ref directory.Ref, clientKey string, drafts []*draft, update bool, do func(*openQueue) error) (err error) {
	done, err := h.stage(ctx, ref, drafts, update)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return h.changeQueue(ctx, ref, clientKey, do)
}

func (h *Handler) changeQueueGroup(ctx context.Context, ref directory.Ref, jobs []*groupcommit.Job[*openQueue], begun *bool) error {
	return h.Change(ctx, ref, func(s *directory.Collection, found *directory.Storage) error {
		return h.withQueue(ctx, s, found, func(q *openQueue) error {
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
}

// touchInterval is how often the times in the SDK's metadata file are set.
const touchInterval = time.Second

// finish makes the group's changes, and notes what the folder is with them.
func (q *openQueue) finish() (err error) {
	if len(q.pending.order) > 0 {
		changes := q.sdkChanges()
		if err := q.commit(); err != nil {
			q.index = nil // it knows of changes that were not made
			return err
		}
		q.changeOrder(changes)
	}
	if q.noted || q.unsaved > saveAfter && q.unsaved > q.index.Count()/saveShare {
		q.save(q.collection, q.storage.Folder)
		q.noted = false
	}
	return nil
}

// touchMetadata sets the times in the SDK's metadata file now and then.
func (q *openQueue) touchMetadata() error {
	if q.now.Sub(q.touched) < touchInterval {
		return nil
	}
	q.touched = q.now
	return directory.EditMetadata(q.collection.Root, directory.RequestQueues, q.storage.Folder, directory.MetadataEdit{Modified: q.now})
}

// clients tells whether several clients have changed a queue. It is kept in the
// saved index, and is all in it that is lost when somebody deletes that. To a
// server each request without a key is of one client more, as on the platform.
// Commands on a directory of one's own give no key, and are nobody.
type clients struct {
	ClientKey          string `json:"clientKey,omitempty"`
	HadMultipleClients bool   `json:"hadMultipleClients,omitempty"`
}

// know tells whether a client tells nothing new.
func (c *clients) know(clientKey string) bool {
	return c.HadMultipleClients || c.ClientKey != "" && c.ClientKey == clientKey
}

// note is true where the client tells something new; "" is a client of its own.
func (c *clients) note(clientKey string) bool {
	switch {
	case c.know(clientKey):
		return false
	case c.ClientKey == "":
		c.ClientKey = cmp.Or(clientKey, rand.Text()) // which nobody gives
	default:
		c.HadMultipleClients = true
	}
	return true
}

// set notes what a file says in the index, and whose lock it has.
func (q *queue) set(f *requestfile.File, name string, changed int64, now time.Time) {
	if f.Holder != "" {
		q.clients.note(f.Holder)
	}
	q.index.Set(f, name, changed, now)
}

func (q *openQueue) hadMultipleClients() bool {
	return q.storage.Shared || q.clients.HadMultipleClients
}
