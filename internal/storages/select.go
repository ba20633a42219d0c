package storages

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// expiringSoon includes what should be gone already: the API deletes when it
// gets to it.
func expiringSoon(ctx context.Context, s Selection, expiry *Expiry, storage *api.Storage, now time.Time) (bool, error) {
	if s.Expiring == 0 {
		return true, nil
	}
	at, _, err := expiry.At(ctx, storage)
	return !at.IsZero() && !at.After(now.Add(s.Expiring)), err
}

// Select yields the storages that the flags mean, oldest first, or newest first
// with descending. What needs further requests is looked at last.
func (t Type[T]) Select(ctx context.Context, client *api.Client, s Selection, descending bool) iter.Seq2[*T, error] {
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
		narrow := filter[T]{t, client, s, NewExpiry(client), time.Now()}
		for object, err := range t.Collection(client).List(ctx, options) {
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
	kind := f.of.Kind
	ref, err := api.RunRef(kind, f.selection.Run)
	if err != nil {
		return nil, false, err
	}
	if object, err = f.of.Collection(f.client).Get(ctx, ref); err != nil {
		return nil, false, cmp.Or(f.selection.CheckRun(ctx, f.client), f.of.Failed(ref, err))
	}
	f.selection.Run = ""
	wanted, err = f.wants(ctx, object)
	return object, wanted, err
}

// filter is the part of a selection that the server cannot do.
type filter[T any] struct {
	of        Type[T]
	client    *api.Client
	selection Selection
	expiry    *Expiry
	now       time.Time
}

// wants tells whether a storage is selected. What needs a request is looked at
// last.
func (f filter[T]) wants(ctx context.Context, object *T) (bool, error) {
	storage := f.of.Facts(object)
	if !f.selection.Matches(storage, f.now) {
		return false, nil
	}
	wanted, err := expiringSoon(ctx, f.selection, f.expiry, storage, f.now)
	if err != nil || !wanted || !f.selection.Empty {
		return wanted, err
	}
	if wanted, err = f.of.Empty(ctx, f.client, object); err != nil {
		err = f.of.Failed(f.of.Ref(object), err)
	}
	return wanted, err
}

// Found is a storage that was asked for: there, or not.
type Found[T any] struct {
	Ref    api.Ref
	Object *T
	Err    error
}

// LookUpsAtOnce is how many storages are looked up at the same time: the rate limit
// counts for each of them.
const LookUpsAtOnce = 64

// Meant looks up the storages that were named, or, where there is a selection, selects.
func (t Type[T]) Meant(ctx context.Context, client *api.Client, s Selection, refs []api.Ref) ([]Found[T], error) {
	if !s.Given() {
		collection, storages := t.Collection(client), make([]Found[T], len(refs))
		transfer.Each(len(refs), LookUpsAtOnce, func(i int) {
			storages[i].Ref = refs[i]
			storages[i].Object, storages[i].Err = collection.Get(ctx, refs[i])
		})
		return storages, ctx.Err()
	}
	var storages []Found[T]
	for object, err := range t.Select(ctx, client, s, false) {
		if err != nil {
			return nil, err
		}
		storages = append(storages, Found[T]{Ref: t.Ref(object), Object: object})
	}
	return storages, nil
}

// Once is Meant where each storage is wanted once, and one that cannot be found is an
// error.
func (t Type[T]) Once(ctx context.Context, client *api.Client, s Selection, refs []api.Ref) ([]*T, error) {
	storages, err := t.Meant(ctx, client, s, refs)
	if err != nil {
		return nil, err
	}
	var objects []*T
	seen := map[string]bool{}
	for _, storage := range storages {
		if storage.Err != nil {
			return nil, t.Failed(storage.Ref, storage.Err)
		}
		if id := t.Facts(storage.Object).ID; !seen[id] {
			seen[id] = true
			objects = append(objects, storage.Object)
		}
	}
	return objects, nil
}
