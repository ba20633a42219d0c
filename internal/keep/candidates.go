// Package keep names storages that have no name, and expire: it finds them, makes
// names of templates, and lets a person walk through them on a terminal.
package keep

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Candidate is an unnamed storage that may get a name.
type Candidate struct {
	storages.Object
	Expires  time.Time // zero: it does not
	Computed bool      // Expires was counted from the last modification
	Actor    string    // the Actor's name; "" until known
}

// name is a storage's name within its kind, where it is unique whatever its case.
type name struct {
	kind api.Kind
	text string
}

func nameOf(kind api.Kind, text string) name { return name{kind, strings.ToLower(text)} }

// Inventory is what an account has: the storages to name, most urgent first, and
// the names that are taken.
type Inventory struct {
	Candidates []*Candidate
	taken      map[name]bool
}

// Take lists storages of the wanted kinds. One list of each kind holds both the
// named and the unnamed ones.
func Take(ctx context.Context, client *api.Client, s storages.Selection, kinds []storages.Every) (*Inventory, error) {
	s.Unnamed = true
	if err := s.Resolve(ctx, client); err != nil {
		return nil, err
	}
	expiry, now := storages.NewExpiry(client), time.Now()
	parts := make([]Inventory, len(kinds))
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
	all := &Inventory{taken: map[name]bool{}}
	for _, part := range parts {
		all.Candidates = append(all.Candidates, part.Candidates...)
		maps.Copy(all.taken, part.taken)
	}
	if len(all.Candidates) == 0 {
		return all, s.CheckRun(whole, client)
	}
	slices.SortStableFunc(all.Candidates, moreUrgent)
	return all, nil
}

// moreUrgent puts what expires first in front, and what does not at the end.
func moreUrgent(a, b *Candidate) int {
	switch {
	case a.Expires.IsZero() != b.Expires.IsZero():
		if a.Expires.IsZero() {
			return 1
		}
		return -1
	case !a.Expires.Equal(b.Expires):
		return a.Expires.Compare(b.Expires)
	}
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Facts.CreatedAt.Compare(b.Facts.CreatedAt), cmp.Compare(a.Facts.ID, b.Facts.ID))
}

func takeKind(ctx context.Context, client *api.Client, kind storages.Every, s storages.Selection, expiry *storages.Expiry, now time.Time) (Inventory, error) {
	found := Inventory{taken: map[name]bool{}}
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
		one := &Candidate{Object: object}
		if one.Expires, one.Computed, err = expiry.At(ctx, object.Facts); err != nil {
			return found, err
		}
		found.Candidates = append(found.Candidates, one)
	}
	return found, nil
}

// NameActors finds the names of the Actors that made the candidates, a request
// for each Actor. One that is gone or not to be seen has none.
func (all *Inventory) NameActors(ctx context.Context, client *api.Client) error {
	var ids []string
	for _, one := range all.Candidates {
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
	for _, one := range all.Candidates {
		if i, ok := slices.BinarySearch(ids, one.Facts.ActID); ok {
			one.Actor = names[i]
		}
	}
	return nil
}
