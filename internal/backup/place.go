package backup

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Place is an account or a storage directory.
type Place struct {
	Client  *api.Client
	Where   string // the same for the same place
	Local   bool
	Recover func(context.Context) error
}

// Storage is one that is to be taken or restored.
type Storage struct {
	Kind  transfer.Kind
	Facts *api.Storage // as its list has it
}

func (s Storage) String() string { return label(s.Kind, s.Facts) }

// label names a storage in a message.
func label(kind transfer.Kind, facts *api.Storage) string {
	if facts.Name != "" {
		return fmt.Sprintf("%s %q", kind, facts.Name)
	}
	return fmt.Sprintf("%s %s", kind, facts.ID)
}

// ref is how a place knows a storage: directories by the folder's name, which
// spares them a search, and accounts by the ID.
func (p Place) ref(kind transfer.Kind, facts *api.Storage) (api.Ref, error) {
	switch {
	case !p.Local:
		return api.ParseRef(kind.Kind, facts.ID)
	case facts.Name != "":
		return api.ParseLocalRef(kind.Kind, "~"+facts.Name)
	}
	return api.ParseLocalRef(kind.Kind, "~"+facts.ID)
}

// side is one end of a copy.
func (p Place) side(kind transfer.Kind, facts *api.Storage) (transfer.Side, error) {
	ref, err := p.ref(kind, facts)
	return transfer.Side{Text: ref.String(), Client: p.Client, Where: p.Where, Local: p.Local, Ref: ref, Recover: p.Recover}, err
}

// collection are the storages of a kind in a place. The type of their objects does not
// matter here.
type collection struct {
	list   func(ctx context.Context, o api.ListOptions) iter.Seq2[*api.Storage, error]
	create func(ctx context.Context, id, name string) (*api.Storage, error)
	update func(ctx context.Context, facts *api.Storage, u api.Update) (*api.Storage, error)
	remove func(ctx context.Context, facts *api.Storage) error
}

func (p Place) storages(kind transfer.Kind) collection {
	switch kind.Kind {
	case api.KindKeyValueStore:
		return collect(p, kind, storages.KeyValueStores())
	case api.KindRequestQueue:
		return collect(p, kind, storages.RequestQueues())
	default:
		return collect(p, kind, storages.Datasets())
	}
}

func collect[T any](p Place, kind transfer.Kind, t storages.Type[T]) collection {
	c, of := t.Collection(p.Client), t.Facts
	return collection{
		list: func(ctx context.Context, o api.ListOptions) iter.Seq2[*api.Storage, error] {
			return func(yield func(*api.Storage, error) bool) {
				for object, err := range c.List(ctx, o) {
					if err != nil {
						yield(nil, err)
						return
					}
					if !yield(of(object), nil) {
						return
					}
				}
			}
		},
		create: func(ctx context.Context, id, name string) (*api.Storage, error) {
			object, _, err := c.CreateAs(ctx, id, name)
			if err != nil {
				return nil, err
			}
			return of(object), nil
		},
		update: func(ctx context.Context, facts *api.Storage, u api.Update) (*api.Storage, error) {
			ref, err := p.ref(kind, facts)
			if err != nil {
				return nil, err
			}
			object, err := c.Update(ctx, ref, u)
			if err != nil {
				return nil, err
			}
			return of(object), nil
		},
		remove: func(ctx context.Context, facts *api.Storage) error {
			ref, err := p.ref(kind, facts)
			if err != nil {
				return err
			}
			return c.Delete(ctx, ref)
		},
	}
}

// inventory is what a place has of a kind.
type inventory struct {
	byID   map[string]*api.Storage
	byName map[string]*api.Storage // by the name in lower case: names are unique whatever their case
}

func (i *inventory) put(facts *api.Storage) {
	i.byID[facts.ID] = facts
	if facts.Name != "" {
		i.byName[strings.ToLower(facts.Name)] = facts
	}
}

func (i *inventory) drop(facts *api.Storage) {
	delete(i.byID, facts.ID)
	if i.named(facts.Name) == facts {
		delete(i.byName, strings.ToLower(facts.Name))
	}
}

func (i *inventory) named(name string) *api.Storage { return i.byName[strings.ToLower(name)] }

// look lists the storages of a place that belong to it.
func (p Place) look(ctx context.Context, kind transfer.Kind) (*inventory, error) {
	found := &inventory{byID: map[string]*api.Storage{}, byName: map[string]*api.Storage{}}
	for facts, err := range p.storages(kind).list(ctx, api.ListOptions{Unnamed: true, Ownership: api.OwnershipOwned}) {
		if err != nil {
			return nil, err
		}
		found.put(facts)
	}
	return found, nil
}
