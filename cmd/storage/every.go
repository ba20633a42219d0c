package storage

import (
	"context"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
)

// Every is what the Resources of all kinds can do, whatever the type of their
// objects.
type Every interface {
	// Of is the kind.
	Of() api.Kind
	// Objects lists storages.
	Objects(ctx context.Context, client *api.Client, o api.ListOptions) iter.Seq2[Object, error]
	// Find looks one up.
	Find(ctx context.Context, client *api.Client, ref api.Ref) (Object, error)
}

// Kinds are all kinds of storages, in the order in which they are named everywhere.
func Kinds() []Every { return []Every{Datasets(), KeyValueStores(), RequestQueues()} }

// Object is a storage of any kind.
type Object struct {
	Kind  api.Kind
	Facts *api.Storage
	Size  string // how much it holds, in a few words
	Bytes int64  // 0 where the API does not tell
	// Rename gives it a name.
	Rename func(ctx context.Context, name string) error
	// Wanted tells whether a selection takes it in.
	Wanted func(ctx context.Context, s verb.Selection, expiry *Expiry, now time.Time) (bool, error)
}

// Of is the kind.
func (r Resource[T]) Of() api.Kind { return r.Kind }

// Objects lists storages.
func (r Resource[T]) Objects(ctx context.Context, client *api.Client, o api.ListOptions) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for object, err := range r.Collection(client).List(ctx, o) {
			if err != nil {
				yield(Object{}, err)
				return
			}
			if !yield(r.object(client, object), nil) {
				return
			}
		}
	}
}

// Find looks one up.
func (r Resource[T]) Find(ctx context.Context, client *api.Client, ref api.Ref) (Object, error) {
	object, err := r.Collection(client).Get(ctx, ref)
	if err != nil {
		return Object{}, err
	}
	return r.object(client, object), nil
}

func (r Resource[T]) object(client *api.Client, object *T) Object {
	facts := r.Facts(object)
	return Object{
		Kind: r.Kind, Facts: facts, Size: r.Size(object), Bytes: r.Bytes(object),
		Rename: func(ctx context.Context, name string) error {
			_, err := r.Collection(client).Update(ctx, api.StorageRef(r.Kind, facts), api.Update{Name: &name})
			return err
		},
		Wanted: func(ctx context.Context, s verb.Selection, expiry *Expiry, now time.Time) (bool, error) {
			return filter[T]{r, client, s, expiry, now}.wants(ctx, object)
		},
	}
}
