package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultAccess is a new storage's generalAccess.
const defaultAccess = "FOLLOW_USER_SETTING"

func accessLevels() []string {
	return []string{defaultAccess, "RESTRICTED", "ANYONE_WITH_ID_CAN_READ", "ANYONE_WITH_NAME_CAN_READ"}
}

// maxListLimit is the most storages that one answer lists.
const maxListLimit = 1000

// list answers GET of a collection.
func (h *Handler) list(w http.ResponseWriter, r *http.Request, k kind) error {
	q := query{values: r.URL.Query()}
	offset := q.whole("offset", 0)
	limit := q.whole("limit", maxListLimit)
	descending, unnamed := q.flag("desc"), q.flag("unnamed")
	ownership := q.oneOf("ownership", "", "ownedByMe", "sharedWithMe")
	if q.err != nil {
		return q.err
	}
	if limit == 0 || limit > maxListLimit {
		limit = maxListLimit
	}
	page := listing{Offset: offset, Limit: limit, Desc: descending, Unnamed: unnamed, Items: []described{}}
	err := h.read(k, func(s *shelf) error {
		if ownership == "sharedWithMe" { // there is nobody to share with
			return nil
		}
		var all []*storage
		for found, err := range s.all() {
			if err != nil {
				return err
			}
			if unnamed || found.name != "" {
				all = append(all, found)
			}
		}
		slices.SortFunc(all, func(a, b *storage) int {
			if c := a.created.Compare(b.created); c != 0 {
				return c
			}
			return strings.Compare(a.id, b.id)
		})
		if descending {
			slices.Reverse(all)
		}
		page.Total = int64(len(all))
		all = all[min(offset, page.Total):]
		for _, found := range all[:min(limit, int64(len(all)))] {
			item, err := h.describe(Visit(r), s, found) // lists hold no secrets
			if err != nil {
				return err
			}
			if item.Name == nil && k != keyValueStores {
				item.Name = new("") // in these lists the API has strings only
			}
			page.Items = append(page.Items, item)
		}
		page.Count = int64(len(page.Items))
		return nil
	})
	if err != nil {
		return err
	}
	writeData(w, http.StatusOK, page)
	return nil
}

// create answers POST of a collection.
func (h *Handler) create(w http.ResponseWriter, r *http.Request, k kind) error {
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
	if err := readObject(w, r, &body); err != nil {
		return err
	}
	if !bytes.HasPrefix(body.Schema, []byte{'{'}) {
		body.Schema = nil
	}
	if k == datasets {
		if _, err := readSchema(body.Schema); err != nil {
			return err
		}
	}
	var object described
	status := http.StatusOK
	err := h.write(r.Context(), k, func(s *shelf) error {
		found, fresh, err := h.created(s, name, body.Schema)
		if err != nil {
			return err
		}
		if fresh {
			status = http.StatusCreated
		}
		object, err = h.describeOne(r, s, found)
		return err
	})
	if err != nil {
		return err
	}
	if status == http.StatusCreated {
		w.Header().Set("Location", objectURL(r, k, object.ID))
	}
	writeData(w, status, object)
	return nil
}

// get answers GET of one storage.
func (h *Handler) get(w http.ResponseWriter, r *http.Request, ref reference) error {
	var object described
	err := h.read(ref.kind, func(s *shelf) error {
		found, err := h.find(s, ref)
		if err != nil {
			return err
		}
		object, err = h.describeOne(r, s, found)
		return err
	})
	if err != nil {
		return err
	}
	writeData(w, http.StatusOK, object)
	return nil
}

// update answers PUT of one storage.
func (h *Handler) update(w http.ResponseWriter, r *http.Request, ref reference) error {
	wanted, err := readChange(w, r, ref.kind)
	if err != nil {
		return err
	}
	if err := h.exists(ref); err != nil {
		return err
	}
	var object described
	ctx := r.Context()
	err = h.write(ctx, ref.kind, func(s *shelf) error {
		found, err := h.find(s, ref)
		if err != nil {
			return err
		}
		if wanted != (change{}) {
			err := h.alone(ctx, s, found, func() (err error) {
				if wanted.name != nil {
					if err := h.repaired(s, found); err != nil {
						return err
					}
				}
				found, err = s.changed(found, wanted)
				return err
			})
			if err != nil {
				return err
			}
			h.known.clear()
			h.indexes.clear()
			h.records.clear()
			h.queues.clear()
		}
		object, err = h.describeOne(r, s, found)
		return err
	})
	if err != nil {
		return err
	}
	writeData(w, http.StatusOK, object)
	return nil
}

func readChange(w http.ResponseWriter, r *http.Request, k kind) (change, error) {
	var body struct {
		Name          json.RawMessage `json:"name"`
		GeneralAccess json.RawMessage `json:"generalAccess"`
	}
	if err := readObject(w, r, &body); err != nil {
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
			return change{}, invalidValue("The name must be a string or null")
		}
		if err := checkName(k, name); err != nil {
			return change{}, err
		}
		wanted.name = &name
	}
	if body.GeneralAccess != nil {
		if json.Unmarshal(body.GeneralAccess, &wanted.access) != nil || !slices.Contains(accessLevels(), wanted.access) {
			return change{}, invalidValue("generalAccess must be one of %s", strings.Join(accessLevels(), ", "))
		}
	}
	return wanted, nil
}

// remove answers DELETE of one storage.
func (h *Handler) remove(w http.ResponseWriter, r *http.Request, ref reference) error {
	if err := h.exists(ref); err != nil {
		return err
	}
	var rest []string
	ctx := r.Context()
	err := h.write(ctx, ref.kind, func(s *shelf) error {
		found, err := h.find(s, ref)
		if err != nil {
			return err
		}
		err = h.alone(ctx, s, found, func() (err error) {
			rest, err = s.discard(found)
			return err
		})
		h.known.clear()
		h.indexes.clear()
		h.records.clear()
		h.queues.clear()
		return err
	})
	for _, path := range rest {
		err = errors.Join(err, h.removeAll(path))
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) removeAll(path string) (err error) {
	root, err := h.root()
	if err != nil {
		return err
	}
	defer closing(root, &err)
	return root.RemoveAll(path)
}

// exists is asked before the lock is taken: what does not exist must not leave
// a trace on disk.
func (h *Handler) exists(ref reference) error {
	return h.read(ref.kind, func(s *shelf) error {
		_, err := h.find(s, ref)
		return err
	})
}

// query reads parameters; the first one that is wrong is kept in err.
type query struct {
	values url.Values
	err    error
}

func (q *query) fail(parameter, want string) {
	if q.err == nil {
		q.err = invalidValue("The parameter %q must be %s", parameter, want)
	}
}

func (q *query) whole(parameter string, otherwise int64) int64 {
	text := q.values.Get(parameter)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) && n > 0 {
		n, err = math.MaxInt64, nil
	}
	if err != nil || n < 0 {
		q.fail(parameter, "a whole number, zero or more")
	}
	return n
}

func (q *query) flag(parameter string) bool {
	switch q.values.Get(parameter) {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	}
	q.fail(parameter, "1, 0, true or false")
	return false
}

func (q *query) oneOf(parameter string, allowed ...string) string {
	text := q.values.Get(parameter)
	if !slices.Contains(allowed, text) {
		q.fail(parameter, "one of "+strings.Trim(strings.Join(allowed, ", "), ", "))
	}
	return text
}

// names reads a comma-separated list.
func (q *query) names(parameter string) []string {
	return slices.DeleteFunc(strings.Split(q.values.Get(parameter), ","), func(name string) bool { return name == "" })
}
