package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// pushItems answers POST of a dataset's items: all of them are stored, or none.
func (h *Handler) pushItems(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	if err := h.MayBeMade(r.Context(), ref); err != nil {
		return err
	}
	items, err := readItems(w, r)
	if err != nil {
		return err
	}
	if err := h.checkItems(r.Context(), ref, items); err != nil {
		return err
	}
	id, err := h.push(r.Context(), ref, items)
	if err != nil {
		return err
	}
	directory.Tally(w, int64(len(items)))
	w.Header().Set("Location", directory.ObjectURL(r, directory.Datasets, id)+"/items")
	wire.WriteJSON(w, http.StatusCreated, struct{}{})
	return nil
}

// push stores items in a dataset. Once they get their numbers, the end of ctx
// does not stop it any more.
func (h *Handler) push(ctx context.Context, ref directory.Ref, items [][]byte) (id string, err error) {
	leave, err := h.Enter()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, leave()) }()
	staged, err := h.stage(items)
	if err != nil {
		return "", err
	}
	// What stays is removed by whoever enters next.
	defer func() { _ = h.RemoveAll(staged) }()
	err = h.Change(ctx, ref, func(c *directory.Collection, found *directory.Storage) error {
		id = found.ID
		return h.place(c, found, staged, len(items))
	})
	return id, err
}

// stage writes the items to a temporary folder, named 0, 1 and so on, so that
// they appear in the dataset complete, and without the lock being held for long.
func (h *Handler) stage(items [][]byte) (folder string, err error) {
	root, err := h.Root()
	if err != nil {
		return "", err
	}
	defer directory.Closing(root, &err)
	staging, folder, err := durable.MakeStaging(root)
	if err != nil {
		return "", err
	}
	changes := make([]*durable.Change, len(items))
	for i, item := range items {
		text, textErr := itemText(item)
		changes[i], err = &durable.Change{Text: text}, errors.Join(err, textErr)
	}
	if err == nil {
		err = staging.Stage(changes)
	}
	if err == nil && len(items) > 1 { // undoing a push needs them after a power cut as well
		err = atomicfile.SyncFolder(root, folder)
	}
	if err := errors.Join(err, staging.Close()); err != nil {
		return "", errors.Join(err, root.RemoveAll(folder))
	}
	return folder, nil
}

// maxPushBytes is the platform's limit for a push, decompressed.
const maxPushBytes = 9_437_184

// readItems reads the body of a push: an object, or an array of objects. Text
// that is not UTF-8 is refused rather than changed.
func readItems(w http.ResponseWriter, r *http.Request) ([][]byte, error) {
	body, err := wire.ReadBody(w, r, maxPushBytes)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, wire.InvalidValue("The request body is not valid UTF-8 at byte %d", invalidUTF8(body))
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, wire.InvalidValue("The request body is not valid JSON at byte %d: %v", syntax.Offset, err)
		}
		return nil, wire.InvalidValue("The request body is not valid JSON: %v", err)
	}
	if whole[0] == '{' {
		return [][]byte{whole}, nil
	}
	if whole[0] != '[' {
		return nil, wire.InvalidValue("The request body must be a JSON object or an array of objects")
	}
	var items [][]byte
	for item, err := range rawjson.Elements(whole) {
		if err != nil {
			return nil, err
		}
		if item[0] != '{' {
			return nil, wire.InvalidValue("The item at position %d is not a JSON object", len(items))
		}
		items = append(items, item)
	}
	return items, nil
}

func invalidUTF8(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// itemText is an item's file as Crawlee writes it: tabs, and no newline at the
// end. Numbers, escapes and the order of keys stay.
func itemText(item []byte) ([]byte, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, item, "", "\t"); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
