package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// Ownership narrows a list to the account's own storages or to those of others.
type Ownership string

// The API's values; "" is both.
const (
	OwnershipAll    Ownership = ""
	OwnershipOwned  Ownership = "ownedByMe"
	OwnershipShared Ownership = "sharedWithMe"
)

// ListOptions narrow and order a list of storages.
type ListOptions struct {
	Unnamed    bool // the unnamed ones too
	Descending bool // newest first
	Ownership  Ownership
	Offset     int64
	Limit      int64 // 0: all
}

// Update says what to change of a storage.
type Update struct {
	Name          *string // nil leaves it; a pointer to "" takes the name away, and the storage can expire
	GeneralAccess Access  // "" leaves it
	ID            string  // "" leaves it; only a local directory in the same process can change it
}

// Collection is the storages of one kind that an account can see.
type Collection[T any] struct {
	client *Client
	kind   Kind
	common func(*T) *Storage
}

// listPage is the API's limit for a page of storages.
const listPage = 1000

// List yields the storages, oldest first unless o says otherwise. It stops at
// the first error. Storages that come or go during a long list may be missed or
// come twice.
func (c Collection[T]) List(ctx context.Context, o ListOptions) iter.Seq2[*T, error] {
	query := url.Values{}
	setFlag(query, "unnamed", o.Unnamed)
	setFlag(query, "desc", o.Descending)
	if o.Ownership != OwnershipAll {
		query.Set("ownership", string(o.Ownership))
	}
	request := c.request(http.MethodGet, "/"+c.kind.Path(), query)
	return entries(ctx, listing{
		fetch: func(ctx context.Context, position paging, limit int64) (page, error) {
			return c.client.page(ctx, request, position, limit)
		},
		paging: &offsetPaging{offset: o.Offset},
		page:   listPage,
		limit:  o.Limit,
	}, c.decode)
}

// Get returns a storage's facts. It never creates one.
func (c Collection[T]) Get(ctx context.Context, ref Ref) (*T, error) {
	return resolve(c.client, ref, c.kind, func(path string) (*T, error) {
		object, _, err := c.object(ctx, c.request(http.MethodGet, path, ref.query), anything)
		return object, err
	})
}

// Create returns the storage of that name, made now if there was none; created
// says which. Without a name it makes a new, unnamed one. When an answer was
// lost on the way and the request repeated, created may be false for a new one.
func (c Collection[T]) Create(ctx context.Context, name string) (object *T, created bool, err error) {
	return c.CreateAs(ctx, "", name)
}

// CreateAs is Create for a storage that shall have a certain ID. A local directory
// in the same process gives it that ID; everywhere else it gets another one.
func (c Collection[T]) CreateAs(ctx context.Context, id, name string) (object *T, created bool, err error) {
	query := url.Values{}
	if name != "" {
		query.Set("name", name)
	}
	r := c.request(http.MethodPost, "/"+c.kind.Path(), query)
	r.once = name == ""
	r.header = preferID(id)
	object, answer, err := c.object(ctx, r, func(s *Storage) error {
		if !strings.EqualFold(s.Name, name) {
			return contradicts("a %s of the name %q instead of %q", c.kind, shorten(s.Name, maxName), name)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return object, answer.status == http.StatusCreated, nil
}

// Update changes what u says and returns the storage as it is then. A name that
// is taken is an *Error of type "name-not-unique".
func (c Collection[T]) Update(ctx context.Context, ref Ref, u Update) (*T, error) {
	changes := map[string]*string{}
	if u.Name != nil {
		changes["name"] = nil
		if *u.Name != "" {
			changes["name"] = u.Name
		}
	}
	if u.GeneralAccess != "" {
		changes["generalAccess"] = new(string(u.GeneralAccess))
	}
	if len(changes) == 0 && u.ID == "" {
		return nil, errors.New("nothing to change")
	}
	body, err := json.Marshal(changes)
	if err != nil {
		return nil, err
	}
	return resolve(c.client, ref, c.kind, func(path string) (*T, error) {
		r := c.request(http.MethodPut, path, ref.query)
		r.body = body
		r.header = preferID(u.ID)
		object, _, err := c.object(ctx, r, u.check)
		return object, err
	})
}

// preferID is the header that asks for an ID; nil for none.
func preferID(id string) http.Header {
	if id == "" {
		return nil
	}
	return http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "Prefer": {"id=" + id}}
}

// Delete deletes a storage and all that is in it.
func (c Collection[T]) Delete(ctx context.Context, ref Ref) error {
	_, err := resolve(c.client, ref, c.kind, func(path string) (*response, error) {
		r := c.request(http.MethodDelete, path, ref.query)
		r.goneIsDone = true
		r.check = checkDeleted
		return c.client.send(ctx, attempt{request: &r})
	})
	return err
}

func (c Collection[T]) request(method, path string, query url.Values) request {
	return request{method: method, path: path, query: query, storage: path}
}

// object carries out a request whose answer is a storage, which check finds to be
// the right one.
func (c Collection[T]) object(ctx context.Context, r request, check func(*Storage) error) (object *T, answer *response, err error) {
	answer, err = c.client.decode(ctx, r, func(data []byte) error {
		if object, err = c.decode(data); err != nil {
			return err
		}
		return check(c.common(object))
	})
	if err != nil {
		return nil, nil, err
	}
	return object, answer, nil
}

func anything(*Storage) error { return nil }

// check finds whether a storage is as it was to become.
func (u Update) check(s *Storage) error {
	switch {
	case u.Name != nil && !strings.EqualFold(s.Name, *u.Name):
		return contradicts("the name is %q, not %q", shorten(s.Name, maxName), *u.Name)
	case u.GeneralAccess != "" && s.GeneralAccess != u.GeneralAccess:
		return contradicts("the access is %q, not %q", s.GeneralAccess, u.GeneralAccess)
	case u.ID != "" && s.ID != u.ID:
		return contradicts("the ID is %q, not %q", shorten(s.ID, maxName), u.ID)
	}
	return nil
}

func (c Collection[T]) decode(raw json.RawMessage) (*T, error) {
	object := new(T)
	if err := json.Unmarshal(raw, object); err != nil {
		return nil, fmt.Errorf("%s: %w", c.kind.article(), err)
	}
	common := c.common(object)
	if common.ID == "" {
		return nil, contradicts("%s without an ID", c.kind.article())
	}
	var err error
	if common.Raw, err = publicObject(raw); err != nil {
		return nil, fmt.Errorf("%s: %w", c.kind.article(), err)
	}
	return object, nil
}

// setFlag sends a boolean as the API wants it, and only when it is set.
func setFlag(query url.Values, name string, value bool) {
	if value {
		query.Set(name, "1")
	}
}
