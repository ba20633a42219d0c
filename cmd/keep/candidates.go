package keep

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
)

// candidate is an unnamed storage that may get a name.
type candidate struct {
	kind     api.Kind
	facts    *api.Storage
	size     string
	expires  time.Time // zero: it does not
	computed bool      // expires was counted from the last modification
	actor    string    // the Actor's name; "" until known
	rename   func(ctx context.Context, name string) error
}

// name is a storage's name within its kind, where it is unique whatever its case.
type name struct {
	kind api.Kind
	text string
}

func nameOf(kind api.Kind, text string) name { return name{kind, strings.ToLower(text)} }

// inventory is what an account has: the storages to name, most urgent first, and
// the names that are taken.
type inventory struct {
	candidates []*candidate
	taken      map[name]bool
}

// take lists storages of the wanted kinds. One list of each kind holds both the
// named and the unnamed ones.
func take(ctx context.Context, client *api.Client, s storage.Selection, kinds []api.Kind) (*inventory, error) {
	s.Unnamed = true
	if err := s.Resolve(ctx, client); err != nil {
		return nil, err
	}
	expiry, now := storage.NewExpiry(client), time.Now()
	parts := make([]inventory, len(kinds))
	group, ctx := errgroup.WithContext(ctx)
	for i, kind := range kinds {
		group.Go(func() (err error) {
			switch kind {
			case api.KindDataset:
				parts[i], err = takeKind(ctx, storage.Filter[api.Dataset]{Resource: datasets(), Client: client, Selection: s, Expiry: expiry, Now: now})
			case api.KindKeyValueStore:
				parts[i], err = takeKind(ctx, storage.Filter[api.KeyValueStore]{Resource: stores(), Client: client, Selection: s, Expiry: expiry, Now: now})
			case api.KindRequestQueue:
				parts[i], err = takeKind(ctx, storage.Filter[api.RequestQueue]{Resource: queues(), Client: client, Selection: s, Expiry: expiry, Now: now})
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := &inventory{taken: map[name]bool{}}
	for _, part := range parts {
		all.candidates = append(all.candidates, part.candidates...)
		for taken := range part.taken {
			all.taken[taken] = true
		}
	}
	slices.SortStableFunc(all.candidates, moreUrgent)
	return all, nil
}

// moreUrgent puts what expires first in front, and what does not at the end.
func moreUrgent(a, b *candidate) int {
	switch {
	case a.expires.IsZero() != b.expires.IsZero():
		if a.expires.IsZero() {
			return 1
		}
		return -1
	case !a.expires.Equal(b.expires):
		return a.expires.Compare(b.expires)
	}
	return cmp.Or(cmp.Compare(a.kind, b.kind), a.facts.CreatedAt.Compare(b.facts.CreatedAt), cmp.Compare(a.facts.ID, b.facts.ID))
}

func takeKind[T any](ctx context.Context, filter storage.Filter[T]) (inventory, error) {
	found := inventory{taken: map[name]bool{}}
	kind, collection := filter.Resource.Kind, filter.Resource.Collection(filter.Client)
	for object, err := range collection.List(ctx, api.ListOptions{Unnamed: true, Ownership: api.OwnershipOwned}) {
		if err != nil {
			return found, err
		}
		facts := filter.Resource.Facts(object)
		if facts.Name != "" {
			found.taken[nameOf(kind, facts.Name)] = true
			continue
		}
		wanted, err := filter.Wants(ctx, object)
		if err != nil {
			return found, err
		}
		if !wanted {
			continue
		}
		one := &candidate{kind: kind, facts: facts, size: sizeOf(object)}
		if one.expires, one.computed, err = filter.Expiry.At(ctx, facts); err != nil {
			return found, err
		}
		one.rename = func(ctx context.Context, name string) error {
			_, err := collection.Update(ctx, api.StorageRef(kind, facts), api.Update{Name: &name})
			return err
		}
		found.candidates = append(found.candidates, one)
	}
	return found, nil
}

func datasets() storage.Resource[api.Dataset] {
	return storage.Resource[api.Dataset]{
		Kind:       api.KindDataset,
		Collection: func(c *api.Client) api.Collection[api.Dataset] { return c.Datasets().Collection },
		Facts:      func(d *api.Dataset) *api.Storage { return &d.Storage },
	}
}

func stores() storage.Resource[api.KeyValueStore] {
	return storage.Resource[api.KeyValueStore]{
		Kind:       api.KindKeyValueStore,
		Collection: func(c *api.Client) api.Collection[api.KeyValueStore] { return c.KeyValueStores().Collection },
		Facts:      func(s *api.KeyValueStore) *api.Storage { return &s.Storage },
	}
}

func queues() storage.Resource[api.RequestQueue] {
	return storage.Resource[api.RequestQueue]{
		Kind:       api.KindRequestQueue,
		Collection: func(c *api.Client) api.Collection[api.RequestQueue] { return c.RequestQueues().Collection },
		Facts:      func(q *api.RequestQueue) *api.Storage { return &q.Storage },
	}
}

func sizeOf(object any) string {
	switch one := object.(type) {
	case *api.Dataset:
		return output.Plural(one.ItemCount, "item", "items")
	case *api.KeyValueStore:
		if one.Stats.StorageBytes == 0 { // nothing, or not told
			return "-"
		}
		return output.Bytes(one.Stats.StorageBytes)
	case *api.RequestQueue:
		return output.Plural(one.TotalRequestCount, "request", "requests")
	}
	return ""
}

// nameActors finds the names of the Actors that made the candidates, a request
// for each Actor. One that is gone or not to be seen has none.
func nameActors(ctx context.Context, client *api.Client, candidates []*candidate) error {
	var ids []string
	for _, one := range candidates {
		if one.facts.ActID != "" {
			ids = append(ids, one.facts.ActID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	names := make([]string, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, id := range ids {
		group.Go(func() error {
			actor, err := client.Actor(ctx, id)
			if api.IsNotFound(err) || api.IsForbidden(err) {
				return nil
			}
			if err == nil {
				names[i] = actor.Name
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, one := range candidates {
		if i, ok := slices.BinarySearch(ids, one.facts.ActID); ok {
			one.actor = names[i]
		}
	}
	return nil
}

// parallel is how many requests are under way at once: it hides latency, the
// client sees to the rate limit.
const parallel = 8
