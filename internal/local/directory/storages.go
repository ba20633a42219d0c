package directory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// DefaultAccess is a new storage's generalAccess.
const DefaultAccess = "FOLLOW_USER_SETTING"

const restrictedAccess = "RESTRICTED"

// AccessLevels are the values of a storage's generalAccess.
func AccessLevels() []string {
	return []string{DefaultAccess, restrictedAccess, "ANYONE_WITH_ID_CAN_READ", "ANYONE_WITH_NAME_CAN_READ"}
}

// List answers GET of a collection.
func (d *Directory) List(w http.ResponseWriter, r *http.Request, k Kind) error {
	q := wire.Query{Values: r.URL.Query()}
	page := listing{Page: wire.ReadPage[Object](&q), Unnamed: q.Flag("unnamed")}
	ownership := q.OneOf("ownership", "", "ownedByMe", "sharedWithMe")
	if q.Err != nil {
		return q.Err
	}
	err := d.Read(k, func(s *Collection) error {
		if ownership == "sharedWithMe" { // there is nobody to share with
			return nil
		}
		var all []*Storage
		for found, err := range s.all() {
			if err != nil {
				return err
			}
			if page.Unnamed || found.Name != "" {
				all = append(all, found)
			}
		}
		slices.SortFunc(all, func(a, b *Storage) int {
			return cmp.Or(a.created.Compare(b.created), strings.Compare(a.ID, b.ID))
		})
		describe, err := d.describer(Visit(r), s, false) // lists hold no secrets
		if err != nil {
			return err
		}
		return wire.Fill(&page.Page, all, func(found *Storage) (Object, error) {
			item, err := describe(found)
			if item.Name == nil && k != KeyValueStores {
				item.Name = new("") // in these lists the API has strings only
			}
			return item, err
		})
	})
	if err != nil {
		return err
	}
	page.SetHeaders(w)
	wire.WriteData(w, http.StatusOK, page)
	return nil
}

// Create answers POST of a collection.
func (d *Directory) Create(w http.ResponseWriter, r *http.Request, k Kind) error {
	name := ""
	if parameters := r.URL.Query(); parameters.Has("name") {
		name = parameters.Get("name")
		if err := checkName(k, name); err != nil {
			return err
		}
	}
	var body struct {
		Schema json.RawMessage `json:"schema"`
	}
	if err := wire.ReadObject(w, r, &body); err != nil {
		return err
	}
	if !bytes.HasPrefix(body.Schema, []byte{'{'}) {
		body.Schema = nil
	}
	if err := d.contents[k].CheckSchema(body.Schema); err != nil {
		return err
	}
	var object Object
	status := http.StatusOK
	id := d.preferredID(r)
	err := d.write(r.Context(), k, func(s *Collection) error {
		found, fresh, err := d.created(s, cmp.Or(id, newID()), name, body.Schema)
		if err != nil {
			return err
		}
		if fresh {
			status = http.StatusCreated
		}
		object, err = d.describeOne(r, s, found)
		return err
	})
	if err != nil {
		return err
	}
	if status == http.StatusCreated {
		w.Header().Set("Location", ObjectURL(r, k, object.ID))
	}
	wire.WriteData(w, status, object)
	return nil
}

// Get answers GET of one storage.
func (d *Directory) Get(w http.ResponseWriter, r *http.Request, ref Ref) error {
	var object Object
	err := d.ReadOne(r.Context(), ref, func(s *Collection, found *Storage) (err error) {
		object, err = d.describeOne(r, s, found)
		return err
	})
	if err != nil {
		return err
	}
	wire.WriteData(w, http.StatusOK, object)
	return nil
}

// Update answers PUT of one storage.
func (d *Directory) Update(w http.ResponseWriter, r *http.Request, ref Ref) error {
	wanted, err := readChange(w, r, ref.Kind)
	if err != nil {
		return err
	}
	if ref.Kind != KeyValueStores { // what is kept beside a store goes by its ID
		wanted.id = d.preferredID(r)
	}
	if err := d.Exists(r.Context(), ref); err != nil {
		return err
	}
	var object Object
	ctx := r.Context()
	err = d.write(ctx, ref.Kind, func(s *Collection) error {
		found, err := d.Find(s, ref)
		if err != nil {
			return err
		}
		if wanted != (change{}) {
			err := d.alone(ctx, s, found, func() (err error) {
				found, err = s.changed(found, wanted)
				return err
			})
			if err != nil {
				return err
			}
			d.forget(ref.Kind)
		}
		object, err = d.describeOne(r, s, found)
		return err
	})
	if err != nil {
		return err
	}
	wire.WriteData(w, http.StatusOK, object)
	return nil
}

func readChange(w http.ResponseWriter, r *http.Request, k Kind) (change, error) {
	var body struct {
		Name          json.RawMessage `json:"name"`
		GeneralAccess json.RawMessage `json:"generalAccess"`
	}
	if err := wire.ReadObject(w, r, &body); err != nil {
		return change{}, err
	}
	var wanted change
	switch {
	case body.Name == nil:
	case string(body.Name) == "null":
		wanted.name = new("")
	default:
		var name string
		if json.Unmarshal(body.Name, &name) != nil {
			return change{}, wire.InvalidValue("The name must be a string or null")
		}
		if err := checkName(k, name); err != nil {
			return change{}, err
		}
		wanted.name = &name
	}
	if body.GeneralAccess != nil {
		if json.Unmarshal(body.GeneralAccess, &wanted.access) != nil || !slices.Contains(AccessLevels(), wanted.access) {
			return change{}, wire.InvalidValue("generalAccess must be one of %s", strings.Join(AccessLevels(), ", "))
		}
	}
	return wanted, nil
}

// Remove answers DELETE of one storage.
func (d *Directory) Remove(w http.ResponseWriter, r *http.Request, ref Ref) error {
	if err := d.Exists(r.Context(), ref); err != nil {
		return err
	}
	var rest []string
	ctx := r.Context()
	err := d.write(ctx, ref.Kind, func(s *Collection) error {
		found, err := d.Find(s, ref)
		if err != nil {
			return err
		}
		err = d.alone(ctx, s, found, func() (err error) {
			rest, err = s.discard(found)
			return err
		})
		d.forget(ref.Kind)
		return err
	})
	for _, path := range rest {
		err = errors.Join(err, d.RemoveAll(path))
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// RemoveAll removes a path below the storage directory, with all that is in it.
func (d *Directory) RemoveAll(path string) (err error) {
	root, err := d.Root()
	if err != nil {
		return err
	}
	defer Closing(root, &err)
	return root.RemoveAll(path)
}

// MayBeMade refuses what does not exist and does not come to be by being used.
func (d *Directory) MayBeMade(ctx context.Context, ref Ref) error {
	if ref.Run {
		return nil
	}
	return d.Exists(ctx, ref)
}

// Exists is asked before the lock is taken: what does not exist must not leave
// a trace on disk.
func (d *Directory) Exists(ctx context.Context, ref Ref) error {
	return d.ReadOne(ctx, ref, func(*Collection, *Storage) error { return nil })
}

// Action answers a request about the storage that a path names; an error becomes
// the API's error envelope.
type Action func(w http.ResponseWriter, r *http.Request, ref Ref) error

// Tally says that an action concerned so many requests or items, and not one: that
// is what a storage's stats count.
func Tally(w http.ResponseWriter, n int64) {
	if t, ok := w.(*tallied); ok {
		t.n = n
	}
}

type tallied struct {
	http.ResponseWriter
	n int64
}

// Unwrap lets http.ResponseController reach what is beneath.
func (t *tallied) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Counted runs an action, and counts it if it succeeds.
func (d *Directory) Counted(act Action, method, suffix string) Action {
	return func(w http.ResponseWriter, r *http.Request, ref Ref) error {
		t := &tallied{w, 1}
		if err := act(t, r, ref); err != nil {
			return err
		}
		d.usages.count(ref, method, suffix, t.n)
		return nil
	}
}

// Routes are a kind's endpoints: by what stands behind a storage's URL, and by
// method. HEAD takes GET's action where it has none.
type Routes map[string]map[string]Action
