package keep

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// candidate is an unnamed storage that may get a name.
type candidate struct {
	storage.Object
	expires  time.Time // zero: it does not
	computed bool      // expires was counted from the last modification
	actor    string    // the Actor's name; "" until known
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
func take(ctx context.Context, client *api.Client, s verb.Selection, kinds []storage.Every) (*inventory, error) {
	s.Unnamed = true
	if err := s.Resolve(ctx, client); err != nil {
		return nil, err
	}
	expiry, now := storage.NewExpiry(client), time.Now()
	parts := make([]inventory, len(kinds))
	whole := ctx
	group, ctx := errgroup.WithContext(ctx)
	for i, kind := range kinds {
		group.Go(func() (err error) {
			parts[i], err = takeKind(ctx, client, kind, s, expiry, now)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := &inventory{taken: map[name]bool{}}
	for _, part := range parts {
		all.candidates = append(all.candidates, part.candidates...)
		maps.Copy(all.taken, part.taken)
	}
	if len(all.candidates) == 0 {
		return all, s.CheckRun(whole, client)
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
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Facts.CreatedAt.Compare(b.Facts.CreatedAt), cmp.Compare(a.Facts.ID, b.Facts.ID))
}

func takeKind(ctx context.Context, client *api.Client, kind storage.Every, s verb.Selection, expiry *storage.Expiry, now time.Time) (inventory, error) {
	found := inventory{taken: map[name]bool{}}
	for object, err := range kind.Objects(ctx, client, api.ListOptions{Unnamed: true, Ownership: api.OwnershipOwned}) {
		if err != nil {
			return found, err
		}
		if object.Facts.Name != "" {
			found.taken[nameOf(object.Kind, object.Facts.Name)] = true
			continue
		}
		wanted, err := object.Wanted(ctx, s, expiry, now)
		if err != nil {
			return found, err
		}
		if !wanted {
			continue
		}
		one := &candidate{Object: object}
		if one.expires, one.computed, err = expiry.At(ctx, object.Facts); err != nil {
			return found, err
		}
		found.candidates = append(found.candidates, one)
	}
	return found, nil
}

// nameActors finds the names of the Actors that made the candidates, a request
// for each Actor. One that is gone or not to be seen has none.
func nameActors(ctx context.Context, client *api.Client, candidates []*candidate) error {
	var ids []string
	for _, one := range candidates {
		if one.Facts.ActID != "" {
			ids = append(ids, one.Facts.ActID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	names := make([]string, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transfer.AtOnce)
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
		if i, ok := slices.BinarySearch(ids, one.Facts.ActID); ok {
			one.actor = names[i]
		}
	}
	return nil
}
