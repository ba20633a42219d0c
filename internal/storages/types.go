// Package storages lists, looks up and selects the storages of an account,
// whatever their kind.
package storages

import (
	"context"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Type is what has to be known of a kind of storage to deal with any of its
// storages. T is the API's object.
type Type[T any] struct {
	Kind       api.Kind
	One, Many  string // what a storage holds: item, items
	Collection func(*api.Client) api.Collection[T]
	Facts      func(*T) *api.Storage // what the kind has in common with the others
	Count      func(*T) int64        // how many of Many it holds; nil: it does not say
	Bytes      func(*T) int64        // how large it is; 0 where the API does not say
	Size       func(*T) string       // how much it holds, in a few words
	Empty      func(context.Context, *api.Client, *T) (bool, error)
	Signed     bool // links with a signature open it
}

// Datasets are lists of items.
func Datasets() Type[api.Dataset] {
	return Type[api.Dataset]{
		Kind:       api.KindDataset,
		One:        "item",
		Many:       "items",
		Collection: func(c *api.Client) api.Collection[api.Dataset] { return c.Datasets().Collection },
		Facts:      func(d *api.Dataset) *api.Storage { return &d.Storage },
		Count:      func(d *api.Dataset) int64 { return d.ItemCount },
		Bytes:      func(d *api.Dataset) int64 { return d.Stats.StorageBytes },
		Size:       func(d *api.Dataset) string { return output.Plural(d.ItemCount, "item", "items") },
		Empty:      func(_ context.Context, _ *api.Client, d *api.Dataset) (bool, error) { return d.ItemCount == 0, nil },
		Signed:     true,
	}
}

// KeyValueStores hold bytes under keys.
func KeyValueStores() Type[api.KeyValueStore] {
	return Type[api.KeyValueStore]{
		Kind:       api.KindKeyValueStore,
		One:        "record",
		Many:       "records",
		Collection: func(c *api.Client) api.Collection[api.KeyValueStore] { return c.KeyValueStores().Collection },
		Facts:      func(s *api.KeyValueStore) *api.Storage { return &s.Storage },
		Bytes:      func(s *api.KeyValueStore) int64 { return s.Stats.StorageBytes },
		Size:       storeSize,
		Empty:      storeIsEmpty,
		Signed:     true,
	}
}

// storeSize is - where a store holds nothing, or where the API does not tell.
func storeSize(s *api.KeyValueStore) string {
	if s.Stats.StorageBytes == 0 {
		return "-"
	}
	return output.Bytes(s.Stats.StorageBytes)
}

// storeIsEmpty asks the store itself: the sizes that lists give can be missing.
func storeIsEmpty(ctx context.Context, client *api.Client, s *api.KeyValueStore) (bool, error) {
	if s.Stats.StorageBytes > 0 {
		return false, nil
	}
	full, err := client.KeyValueStores().HasKeys(ctx, s.ID)
	return !full, err
}

// RequestQueues hold URLs to crawl.
func RequestQueues() Type[api.RequestQueue] {
	return Type[api.RequestQueue]{
		Kind:       api.KindRequestQueue,
		One:        "request",
		Many:       "requests",
		Collection: func(c *api.Client) api.Collection[api.RequestQueue] { return c.RequestQueues().Collection },
		Facts:      func(q *api.RequestQueue) *api.Storage { return &q.Storage },
		Count:      func(q *api.RequestQueue) int64 { return q.TotalRequestCount },
		Bytes:      func(q *api.RequestQueue) int64 { return q.Stats.StorageBytes },
		Size:       func(q *api.RequestQueue) string { return output.Plural(q.TotalRequestCount, "request", "requests") },
		Empty: func(_ context.Context, _ *api.Client, q *api.RequestQueue) (bool, error) {
			return q.TotalRequestCount == 0, nil
		},
	}
}

// Holds is how much of Many a storage holds; 0 where it does not say.
func (t Type[T]) Holds(object *T) int64 {
	if t.Count == nil {
		return 0
	}
	return t.Count(object)
}

// Ref is the reference to a storage that was looked up.
func (t Type[T]) Ref(object *T) api.Ref { return api.StorageRef(t.Kind, t.Facts(object)) }

// Plural is the kind in a sentence about several.
func (t Type[T]) Plural() string { return t.Kind.String() + "s" }

// Label names a storage in a message: by its name, else by its ID.
func (t Type[T]) Label(object *T) string {
	facts := t.Facts(object)
	if facts.Name != "" {
		return fmt.Sprintf("%s %q (%s)", t.Kind, facts.Name, facts.ID)
	}
	return fmt.Sprintf("%s %s", t.Kind, facts.ID)
}

// Failed says which storage an error is about.
func (t Type[T]) Failed(ref fmt.Stringer, err error) error {
	return transfer.Failed(t.Kind, ref, err)
}
