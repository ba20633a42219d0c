package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/mediatype"
)

const maxKeyLength = 256

var errNoRecord = wire.NewError(http.StatusNotFound, "record-not-found", "Record was not found")

// checkKey is the API's rule for the keys of new records. What an SDK stored
// under other keys can be read and deleted all the same.
func checkKey(key string) error {
	valid := len(key) > 0 && len(key) <= maxKeyLength
	for i := range len(key) {
		valid = valid && (directory.IsAlphanumeric(key[i]) || strings.IndexByte("!-_.'()", key[i]) >= 0)
	}
	if !valid {
		return wire.NewError(http.StatusBadRequest, "invalid-record-key",
			fmt.Sprintf("The key %q is not valid: it can have at most 256 of the characters a-z, A-Z, 0-9 and !-_.'()", wire.Clipped(key)))
	}
	return nil
}

// getRecord answers GET and HEAD of a record. Values lie there as they were
// before a client compressed them, since that is what the SDKs read; so they
// are sent without a content encoding. Parts of a value can be asked for.
func (h *Handler) getRecord(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	value, info, contentType, err := h.openRecord(r.Context(), ref, r.PathValue("key"))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()))
	if on := r.URL.Query().Get("attachment"); on != "" && on != "0" && on != "false" {
		header.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(r.PathValue("key")))
	}
	http.ServeContent(&partWriter{ResponseWriter: w}, r, "", info.ModTime(), value)
	_ = value.Close() // of a file that was read
	return nil
}

// partWriter gives the refusal of a Range the API's form.
type partWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *partWriter) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	wire.WriteError(w.ResponseWriter, wire.NewError(status, "invalid-range", "The value has no such range: Content-Range says how long it is"))
}

func (w *partWriter) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// openRecord returns the file, which stays what it is when the record changes.
func (h *Handler) openRecord(ctx context.Context, ref directory.Ref, key string) (value *os.File, info fs.FileInfo, contentType string, err error) {
	err = h.readStore(ctx, ref, func(s *store) error {
		value, info, contentType, err = s.openRecord(key)
		return err
	})
	return value, info, contentType, err
}

func (s *store) openRecord(key string) (value *os.File, info fs.FileInfo, contentType string, err error) {
	for try := 0; ; try++ {
		e, style, err := s.lookup(key)
		if err != nil {
			return nil, nil, "", err
		}
		value, info, err = s.open(e)
		if errors.Is(err, fs.ErrNotExist) && try < 3 {
			s.index.forget() // it has gone, or goes by another name by now
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, "", errNoRecord
		}
		if err != nil {
			return nil, nil, "", err
		}
		contentType, err = s.contentType(style, e, value, info)
		if err != nil {
			return nil, nil, "", errors.Join(err, value.Close())
		}
		return value, info, contentType, nil
	}
}

// putRecord answers PUT and POST of a record.
func (h *Handler) putRecord(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	key := r.PathValue("key")
	if err := checkKey(key); err != nil {
		return err
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		contentType = mediatype.Binary
	}
	id, err := h.storeRecord(r, ref, key, contentType)
	if err != nil {
		return err
	}
	w.Header().Set("Location", directory.ObjectURL(r, directory.KeyValueStores, id)+"/records/"+url.PathEscape(key))
	wire.WriteJSON(w, http.StatusCreated, struct{}{})
	return nil
}

// storeRecord makes a request's body the value of a key. The body is read before
// the store's lock is taken.
func (h *Handler) storeRecord(r *http.Request, ref directory.Ref, key, contentType string) (id string, err error) {
	if err := h.MayBeMade(r.Context(), ref); err != nil {
		return "", err
	}
	value, done, err := h.receive(r)
	defer func() { err = errors.Join(err, done()) }()
	if err != nil {
		return "", err
	}
	err = h.changeStore(r.Context(), ref, func(b *batch) error {
		id = b.ID
		return b.put(key, contentType, &value)
	})
	if err != nil && value.staged != "" {
		err = errors.Join(err, h.RemoveAll(durable.TemporaryFolder+"/"+value.staged))
	}
	return id, err
}

// deleteRecord answers DELETE of a record, which need not be there.
func (h *Handler) deleteRecord(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	if ref.Run { // which a change would make
		if err := h.Exists(r.Context(), ref); err != nil {
			return err
		}
	}
	err := h.changeStore(r.Context(), ref, func(b *batch) error { return b.delete(r.PathValue("key")) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
