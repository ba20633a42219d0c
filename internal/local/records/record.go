package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

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
	value, info, contentType, err := h.openRecord(ref, r.PathValue("key"))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()))
	if on := r.URL.Query().Get("attachment"); on != "" && on != "0" && on != "false" {
		header.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(r.PathValue("key")))
	}
	http.ServeContent(w, r, "", info.ModTime(), value)
	_ = value.Close() // of a file that was read
	return nil
}

// readStore runs do on a store without changing anything.
func (h *Handler) readStore(ref directory.Ref, do func(*directory.Collection, *directory.Storage) error) error {
	return h.Read(directory.KeyValueStores, func(s *directory.Collection) error {
		store, err := h.Find(s, ref)
		if err != nil {
			return err
		}
		return do(s, store)
	})
}

// openRecord returns the file, which stays what it is when the record changes.
func (h *Handler) openRecord(ref directory.Ref, key string) (value *os.File, info fs.FileInfo, contentType string, err error) {
	err = h.readStore(ref, func(s *directory.Collection, store *directory.Storage) error {
		value, info, contentType, err = h.openIn(s, store, key)
		return err
	})
	return value, info, contentType, err
}

func (h *Handler) openIn(s *directory.Collection, store *directory.Storage, key string) (*os.File, fs.FileInfo, string, error) {
	index := h.records.of(store.Folder)
	for try := 0; ; try++ {
		entry, style, err := index.lookup(s, store, key)
		if err != nil {
			return nil, nil, "", err
		}
		value, err := s.Root.Open(valuePath(store, entry))
		if errors.Is(err, fs.ErrNotExist) && try < 3 {
			index.forget() // it has gone, or goes by another name by now
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, "", errNoRecord
		}
		if err != nil {
			return nil, nil, "", err
		}
		info, err := value.Stat()
		if err != nil {
			return nil, nil, "", errors.Join(err, value.Close())
		}
		return value, info, contentTypeOf(s, store, style, entry, info), nil
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

// newValue is what a client sent: a small value in memory, a larger one on the
// disk, in a temporary file.
type newValue struct {
	text   []byte
	staged string      // the temporary file; "" while there is none
	synced fs.FileInfo // of that file, if it is on the disk
	leave  func() error
}

// smallValue is the largest that waits in memory for others to be stored with.
const smallValue = 64 << 10

// receive reads the body, decompressed.
func (h *Handler) receive(r *http.Request, ref directory.Ref) (value newValue, err error) {
	plain, err := wire.Decompressed(r.Header.Get("Content-Encoding"), r.Body)
	if err != nil {
		return value, err
	}
	expected := r.ContentLength
	if expected < 0 || expected > smallValue {
		expected = smallValue
	}
	value.text = make([]byte, 0, expected+1)
	for len(value.text) <= smallValue {
		n, err := plain.Read(value.text[len(value.text):cap(value.text)])
		value.text = value.text[:len(value.text)+n]
		if errors.Is(err, io.EOF) {
			return value, nil
		}
		if err != nil {
			return value, wire.BodyError(err)
		}
		value.text = slices.Grow(value.text, 1)
	}
	return h.receiveLarge(r, ref, io.MultiReader(bytes.NewReader(value.text), plain))
}

// receiveLarge writes a body to a temporary file, before any lock is taken.
func (h *Handler) receiveLarge(r *http.Request, ref directory.Ref, plain io.Reader) (value newValue, err error) {
	if err := h.mayBeMade(ref); err != nil {
		return value, err
	}
	if value.leave, err = h.Enter(); err != nil {
		return value, err
	}
	root, err := h.Root()
	if err != nil {
		return value, err
	}
	defer directory.Closing(root, &err)
	file, name, err := durable.CreateTemporary(root)
	if err != nil {
		return value, err
	}
	err = copyBody(file, plain, r.ContentLength)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		value.synced, err = file.Stat()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return value, errors.Join(err, root.Remove(name))
	}
	value.staged = path.Base(name)
	return value, nil
}

// mayBeMade refuses what does not exist and does not come to be by being used.
func (h *Handler) mayBeMade(ref directory.Ref) error {
	if ref.Run {
		return nil
	}
	return h.Exists(ref)
}

// copyBody tells a body that cannot be read from a file that cannot be written.
// The length is about the body's, or -1: small values need no large buffer.
func copyBody(file io.Writer, body io.Reader, length int64) error {
	const most = 128 << 10
	if length < 0 || length >= most {
		length = most - 1
	}
	buffer := make([]byte, length+1)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, err := file.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wire.BodyError(err)
		}
	}
}

// storeRecord makes a request's body the value of a key. The body is read before
// the store's lock is taken.
func (h *Handler) storeRecord(r *http.Request, ref directory.Ref, key, contentType string) (id string, err error) {
	value, err := h.receive(r, ref)
	if value.leave != nil {
		defer func() { err = errors.Join(err, value.leave()) }()
	}
	if err != nil {
		if missing := h.mayBeMade(ref); missing != nil {
			err = missing // what is wrong with the body is no matter, then
		}
		return "", err
	}
	err = h.changeRecords(r.Context(), ref, func(b *recordBatch) error {
		id = b.store.ID
		return b.put(key, contentType, &value)
	})
	if err != nil && value.synced != nil {
		err = errors.Join(err, h.RemoveAll(durable.TemporaryFolder+"/"+value.staged))
	}
	return id, err
}

// deleteRecord answers DELETE of a record, which need not be there.
func (h *Handler) deleteRecord(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	if ref.Run { // which a change would make
		if err := h.Exists(ref); err != nil {
			return err
		}
	}
	err := h.changeRecords(r.Context(), ref, func(b *recordBatch) error { return b.remove(r.PathValue("key")) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// touchInterval is how often the times in a store's metadata file are set. They
// say when, not how often; and writing the file for every value would take
// longer than storing it.
const touchInterval = time.Second

func (x *recordIndex) touchMetadata(s *directory.Collection, store *directory.Storage) error {
	now := time.Now()
	if now.Sub(x.touched) < touchInterval {
		return nil
	}
	x.touched = now
	return directory.EditMetadata(s.Root, directory.KeyValueStores, store.Folder, directory.MetadataEdit{Modified: now})
}

// forget has the folder read again.
func (x *recordIndex) forget() {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.seen = [2]fs.FileInfo{}
}
