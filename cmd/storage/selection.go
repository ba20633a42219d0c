package storage

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
)

// expiringSoon includes what should be gone already: the API deletes when it
// gets to it.
func expiringSoon(ctx context.Context, s verb.Selection, expiry *Expiry, storage *api.Storage, now time.Time) (bool, error) {
	if s.Expiring == 0 {
		return true, nil
	}
	at, _, err := expiry.At(ctx, storage)
	return !at.IsZero() && !at.After(now.Add(s.Expiring.Duration())), err
}

// Select yields the storages that the flags mean, oldest first, or newest first
// with descending. What needs further requests is looked at last.
func (r Resource[T]) Select(ctx context.Context, client *api.Client, s verb.Selection, descending bool) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		err := s.Check()
		if err == nil {
			err = s.Resolve(ctx, client)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		options := s.Options()
		options.Descending = descending
		some := false
		narrow := filter[T]{r, client, s, NewExpiry(client), time.Now()}
		for object, err := range r.Collection(client).List(ctx, options) {
			wanted := false
			if err == nil {
				wanted, err = narrow.wants(ctx, object)
			}
			some = some || wanted
			if (err != nil || wanted) && (!yield(object, err) || err != nil) {
				return
			}
		}
		if some || s.Run == "" {
			return
		}
		object, wanted, err := narrow.ofRun(ctx)
		if err != nil || wanted {
			yield(object, err)
		}
	}
}

// ofRun is the run's default storage, for a selection that has found nothing: not
// every directory says which run a storage is of, and a run that does not exist is
// an error.
func (f filter[T]) ofRun(ctx context.Context) (object *T, wanted bool, err error) {
	kind := f.resource.Kind
	ref, err := api.RunRef(kind, f.selection.Run)
	if err != nil {
		return nil, false, err
	}
	if object, err = f.resource.Collection(f.client).Get(ctx, ref); err != nil {
		return nil, false, cmp.Or(f.selection.CheckRun(ctx, f.client), f.resource.failed(ref, err))
	}
	f.selection.Run = ""
	wanted, err = f.wants(ctx, object)
	return object, wanted, err
}

// filter is the part of a selection that the server cannot do.
type filter[T any] struct {
	resource  Resource[T]
	client    *api.Client
	selection verb.Selection
	expiry    *Expiry
	now       time.Time
}

// wants tells whether a storage is selected. What needs a request is looked at
// last.
func (f filter[T]) wants(ctx context.Context, object *T) (bool, error) {
	storage := f.resource.Facts(object)
	if !f.selection.Matches(storage, f.now) {
		return false, nil
	}
	wanted, err := expiringSoon(ctx, f.selection, f.expiry, storage, f.now)
	if err != nil || !wanted || !f.selection.Empty {
		return wanted, err
	}
	if wanted, err = f.resource.Empty(ctx, f.client, object); err != nil {
		err = f.resource.failed(api.StorageRef(f.resource.Kind, storage), err)
	}
	return wanted, err
}
