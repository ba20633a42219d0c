package storages

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Every is what can be done with the storages of any kind, whatever the type of the
// API's objects.
type Every interface {
	// Of is the kind.
	Of() api.Kind
	// Objects lists storages.
	Objects(ctx context.Context, client *api.Client, o api.ListOptions) iter.Seq2[Object, error]
	// Find looks one up.
	Find(ctx context.Context, client *api.Client, ref api.Ref) (Object, error)
}

// All are all kinds of storages, in the order in which they are named everywhere.
func All() []Every { return []Every{Datasets(), KeyValueStores(), RequestQueues()} }

// Object is a storage of any kind.
type Object struct {
	Kind  api.Kind
	Facts *api.Storage
	Size  string // how much it holds, in a few words
	Bytes int64  // 0 where the API does not tell
	// Rename gives it a name.
	Rename func(ctx context.Context, name string) error
	// Wanted tells whether a selection takes it in.
	Wanted func(ctx context.Context, s Selection, expiry *Expiry, now time.Time) (bool, error)
}

// Of is the kind.
func (t Type[T]) Of() api.Kind { return t.Kind }

// Objects lists storages.
func (t Type[T]) Objects(ctx context.Context, client *api.Client, o api.ListOptions) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for object, err := range t.Collection(client).List(ctx, o) {
			if err != nil {
				yield(Object{}, err)
				return
			}
			if !yield(t.object(client, object), nil) {
				return
			}
		}
	}
}

// Find looks one up.
func (t Type[T]) Find(ctx context.Context, client *api.Client, ref api.Ref) (Object, error) {
	object, err := t.Collection(client).Get(ctx, ref)
	if err != nil {
		return Object{}, err
	}
	return t.object(client, object), nil
}

func (t Type[T]) object(client *api.Client, object *T) Object {
	facts := t.Facts(object)
	return Object{
		Kind: t.Kind, Facts: facts, Size: t.Size(object), Bytes: t.Bytes(object),
		Rename: func(ctx context.Context, name string) error {
			_, err := t.Collection(client).Update(ctx, t.Ref(object), api.Update{Name: &name})
			return err
		},
		Wanted: func(ctx context.Context, s Selection, expiry *Expiry, now time.Time) (bool, error) {
			return filter[T]{t, client, s, expiry, now}.wants(ctx, object)
		},
	}
}

// Called are the storages, of any kind, that a reference can mean; there is one at
// least. parse is api.ParseRef, or on a directory api.ParseLocalRef.
func Called(ctx context.Context, client *api.Client, text string, parse func(api.Kind, string) (api.Ref, error)) ([]Object, error) {
	var found []Object
	var missing, malformed error
	for _, every := range All() {
		ref, err := parse(every.Of(), text)
		if err != nil { // as a URL is for two of the kinds
			malformed = err
			continue
		}
		switch object, err := every.Find(ctx, client, ref); {
		case err == nil:
			found = append(found, object)
		case api.IsNotFound(err):
			missing = &transfer.NoneError{Kinds: transfer.Kinds(), Text: text, Cause: err}
		default:
			return nil, err
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, cmp.Or(missing, malformed)
}
