package queue

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// draft is a request that a client sent, on its way into the queue. Its file is
// brought to the disk under a temporary name before the queue's lock is taken:
// that takes longer than all the rest, and nobody has to wait for it but who sent
// the request.
type draft struct {
	id      requestindex.RequestID
	request []byte // with its ID, without what is no part of it
	facts   requestFacts
	order   int64 // where it goes if it is new; 0: it was handled

	layout requestfile.Layout
	text   []byte
	staged string // the temporary file; "" while there is none, or when it has got its name
}

// newDraft reads a request that a client sent: an object with a URL and a unique
// key, and an ID that follows from it or none. order is where it goes if it is not
// handled.
func newDraft(text []byte, order int64) (*draft, error) {
	d := &draft{order: order}
	if err := json.Unmarshal(text, &d.facts); err != nil {
		return nil, wire.NewError(400, "invalid-request", "The request is not valid: "+err.Error())
	}
	if d.facts.Method != "" && !slices.Contains(methods(), d.facts.Method) {
		return nil, wire.NewError(400, "invalid-request", "A request's method must be one of "+strings.Join(methods(), ", "))
	}
	if d.facts.URL == "" || d.facts.UniqueKey == "" {
		return nil, wire.NewError(400, "invalid-request", "A request must have a url and a uniqueKey")
	}
	d.id = requestfile.IDOf(d.facts.UniqueKey)
	if d.facts.ID != "" && d.facts.ID != d.id.String() {
		return nil, wire.NewError(400, "request-id-invalid", "The request ID does not match the unique key")
	}
	if d.facts.HandledAt != nil {
		d.order = 0
	}
	var err error
	d.request, err = requestfile.WithID(text, d.id)
	return d, err
}

// methods are those that a request may have.
func methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
}

// orders gives requests their places in the order in which they arrive.
type orders struct {
	mutex sync.Mutex
	last  int64
}

// orderStep sets requests of one batch apart: JavaScript's numbers tell less no
// more, and whole milliseconds, as Crawlee has them, would run into the future,
// which means locked.
const orderStep = int64(time.Microsecond)

// take reserves places behind all that were given, and returns the first.
func (o *orders) take(count int) int64 {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	first := max(time.Now().Add(-time.Millisecond).UnixNano()/orderStep*orderStep, o.last+orderStep)
	o.last = first + int64(count-1)*orderStep
	return first
}

// maxStaging is how many files are brought to the disk at once: the file system
// does it for all of them together.
const maxStaging = 64

// stage writes drafts to temporary files that are on the disk when it returns:
// those that the queue does not have, and where it is updated those that were
// handled, since what they become does not depend on what they are. done removes
// what was not needed.
func (h *Handler) stage(ctx context.Context, ref directory.Ref, drafts []*draft, update bool) (done func() error, err error) {
	var changes []*durable.Change
	var chosen []*draft
	err = h.readQueue(ctx, ref, func(q *openQueue) error {
		if q.legacy {
			return errLegacy
		}
		for _, d := range drafts {
			if q.index.State(d.id) != requestindex.Free && (!update || d.order != 0) {
				continue
			}
			if d.text, err = encode(q.layout, d.request, d.order, ""); err != nil {
				return err
			}
			d.layout = q.layout
			chosen, changes = append(chosen, d), append(changes, &durable.Change{Text: d.text})
		}
		return nil
	})
	if ref.Run && wire.IsNotFound(err) {
		return func() error { return nil }, nil // the queue is made by the change
	}
	if err != nil || len(changes) == 0 {
		return func() error { return nil }, err
	}
	if err := h.staging.Acquire(ctx, int64(len(changes))); err != nil {
		return nil, err
	}
	defer h.staging.Release(int64(len(changes)))
	return h.stageChanges(chosen, changes)
}

func (h *Handler) stageChanges(drafts []*draft, changes []*durable.Change) (done func() error, err error) {
	leave, err := h.Enter()
	if err != nil {
		return nil, err
	}
	root, staging, err := h.openStaging()
	if err != nil {
		return nil, errors.Join(err, leave())
	}
	release := func() error { return errors.Join(staging.Close(), root.Close(), leave()) }
	if err := staging.Stage(changes); err != nil {
		return nil, errors.Join(err, staging.Unstage(changes), release())
	}
	for i, d := range drafts {
		d.staged = changes[i].Staged
	}
	return func() error {
		var errs []error
		for _, d := range drafts {
			if d.staged != "" {
				errs = append(errs, staging.Remove(d.staged))
			}
		}
		return errors.Join(append(errs, release())...)
	}, nil
}

func (h *Handler) openStaging() (*os.Root, *durable.Staging, error) {
	root, err := h.Root()
	if err != nil {
		return nil, nil, err
	}
	staging, err := durable.OpenStaging(root)
	if err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	return root, staging, nil
}
