package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/mediatype"
)

const maxKeyLength = 256

var errNoRecord = &apiError{http.StatusNotFound, "record-not-found", "Record was not found"}

// checkKey is the API's rule for the keys of new records. What an SDK stored
// under other keys can be read and deleted all the same.
func checkKey(key string) error {
	valid := len(key) > 0 && len(key) <= maxKeyLength
	for i := range len(key) {
		valid = valid && (isAlphanumeric(key[i]) || strings.IndexByte("!-_.'()", key[i]) >= 0)
	}
	if !valid {
		return &apiError{
			http.StatusBadRequest, "invalid-record-key",
			fmt.Sprintf("The key %q is not valid: it can have at most 256 of the characters a-z, A-Z, 0-9 and !-_.'()", clipped(key)),
		}
	}
	return nil
}

// getRecord answers GET and HEAD of a record. Values lie there as they were
// before a client compressed them, since that is what the SDKs read; so they
// are sent without a content encoding. Parts of a value can be asked for.
func (h *Handler) getRecord(w http.ResponseWriter, r *http.Request, ref reference) error {
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

// openRecord returns the file, which stays what it is when the record changes.
func (h *Handler) openRecord(ref reference, key string) (value *os.File, info fs.FileInfo, contentType string, err error) {
	err = h.read(keyValueStores, func(s *shelf) error {
		store, err := h.find(s, ref)
		if err != nil {
			return err
		}
		value, info, contentType, err = h.openIn(s, store, key)
		return err
	})
	return value, info, contentType, err
}

func (h *Handler) openIn(s *shelf, store *storage, key string) (*os.File, fs.FileInfo, string, error) {
	index := h.records.of(store.folder)
	for try := 0; ; try++ {
		entry, style, err := index.lookup(s, store, key)
		if err != nil {
			return nil, nil, "", err
		}
		value, err := s.root.Open(valuePath(store, entry))
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
		return value, info, s.contentType(store, style, entry, info), nil
	}
}

// putRecord answers PUT and POST of a record.
func (h *Handler) putRecord(w http.ResponseWriter, r *http.Request, ref reference) error {
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
	w.Header().Set("Location", objectURL(r, keyValueStores, id)+"/records/"+url.PathEscape(key))
	writeJSON(w, http.StatusCreated, struct{}{})
	return nil
}

// stagedValue is a value on the disk, in a temporary file below the storage
// directory.
type stagedValue struct {
	path string
	info fs.FileInfo
}

// receive writes the body, decompressed, to a temporary file.
func receive(r *http.Request, root *os.Root) (staged stagedValue, err error) {
	plain, err := decompressed(r.Header.Get("Content-Encoding"), r.Body)
	if err != nil {
		return staged, err
	}
	file, name, err := createTemporary(root)
	if err != nil {
		return staged, err
	}
	err = copyBody(file, plain, r.ContentLength)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		staged.info, err = file.Stat()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return staged, errors.Join(err, root.Remove(name))
	}
	staged.path = name
	return staged, nil
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
			return bodyError(err)
		}
	}
}

// storeRecord makes a request's body the value of a key. The body is read, and
// all that can be written before, while the store's lock is free.
func (h *Handler) storeRecord(r *http.Request, ref reference, key, contentType string) (id string, err error) {
	var value stagedValue
	var beside *stagedText
	defer func() {
		if value.path != "" && err != nil {
			err = errors.Join(err, h.removeAll(value.path))
		}
		if beside != nil && !beside.used {
			err = errors.Join(err, h.removeAll(beside.path))
		}
	}()
	prepare := func(s *shelf, store *storage) (err error) {
		if value.path != "" {
			return nil // the store was renamed meanwhile
		}
		h.sweeper.sweep(s.root)
		if value, err = receive(r, s.root); err != nil {
			return err
		}
		style := recordStyle(h.records.of(store.folder).guess.Load())
		beside, err = s.stageBeside(store, style, key, contentType, value)
		return err
	}
	err = h.changePrepared(r.Context(), ref, prepare, func(s *shelf, store *storage) error {
		id = store.id
		// Without a state, the creation time would be guessed from files.
		if !store.dated {
			if err := s.writeState(store.folder, store.remembered()); err != nil {
				return err
			}
		}
		index := h.records.of(store.folder)
		index.mutex.Lock()
		defer index.mutex.Unlock()
		if err := index.beforeChange(s, store); err != nil {
			return err
		}
		if err := index.put(s, store, key, contentType, value, beside); err != nil {
			return err
		}
		return index.touchMetadata(s, store)
	})
	return id, err
}

// entryFor is where a new value of a key goes.
func entryFor(style recordStyle, key, contentType string) recordEntry {
	file := recordFile(style, key, contentType)
	if file == "" {
		return recordEntry{key: key, file: hashedKey(key), hidden: true}
	}
	return recordEntry{key: key, file: file, described: style == stylePython}
}

// put gives a staged value its place and removes what the key had before. Until
// the value's own renaming, the key has what it had.
func (x *recordIndex) put(s *shelf, store *storage, key, contentType string, value stagedValue, beside *stagedText) error {
	entry := entryFor(x.style, key, contentType)
	if entry.hidden {
		if err := s.makeHidden(store, valuesFolder); err != nil {
			return err
		}
	}
	before, existed := x.get(key)
	if err := x.makeRoom(s, store, before, entry); err != nil {
		return err
	}
	noted := entry.noted(contentType)
	if noted { // first: it counts only once the value is there
		if err := s.noteType(store, key, contentType, value.info, beside); err != nil {
			return err
		}
	}
	place := valuePath(store, entry)
	if err := s.root.Rename(value.path, place); err != nil {
		return fmt.Errorf("store a record in key-value store %s: %w", store.folder, err)
	}
	if entry.described {
		if err := s.describeRecord(store, entry, contentType, value.info.Size(), beside); err != nil {
			return err
		}
	}
	s.syncLater(path.Dir(place))
	if err := x.clearOld(s, store, before, entry, existed); err != nil {
		return err
	}
	if !noted {
		if err := s.forgetType(store, key); err != nil {
			return err
		}
	}
	return x.changed(s, store, key, &entry)
}

// clearOld removes what is left of a value that has been replaced.
func (x *recordIndex) clearOld(s *shelf, store *storage, before, entry recordEntry, existed bool) error {
	if existed && (before.file != entry.file || before.hidden != entry.hidden) {
		// The new one must be there for good before the old one goes.
		if err := syncFolder(s.root, path.Dir(valuePath(store, entry))); err != nil {
			return err
		}
		if err := x.removeFile(s, store, before); err != nil {
			return err
		}
	}
	if existed && before.described && before.metadataName(x.style) != entry.metadataName(x.style) || x.style == styleJavaScript && before.described {
		return ignoreMissing(s.root.Remove(store.path() + "/" + before.metadataName(x.style)))
	}
	return nil
}

// makeRoom sees to it that a new value replaces no other record's. With its
// metadata on, Crawlee 3 lets the keys image and image.png share a file: the
// other key gets one of its own. And a file system that ignores case must not
// take key A for key a.
func (x *recordIndex) makeRoom(s *shelf, store *storage, before, entry recordEntry) error {
	if entry.hidden || before.file == entry.file && !before.hidden && !x.sharing {
		return nil
	}
	there, err := s.statValue(store, entry)
	if err != nil {
		return ignoreMissing(err)
	}
	var others []recordEntry
	x.entries.Scan(func(other recordEntry) bool {
		if other.key != entry.key && !other.hidden && strings.EqualFold(other.file, entry.file) {
			others = append(others, other)
		}
		return true
	})
	for _, other := range others {
		if other.file != entry.file {
			if info, err := s.statValue(store, other); err == nil && os.SameFile(info, there) {
				return &apiError{
					http.StatusConflict, "invalid-record-key",
					fmt.Sprintf("The file system of this storage directory cannot keep the keys %q and %q apart", clipped(entry.key), clipped(other.key)),
				}
			}
			continue
		}
		if err := x.moveApart(s, store, other, there); err != nil {
			return err
		}
	}
	return nil
}

// moveApart gives a record that shares its file with another one its own.
func (x *recordIndex) moveApart(s *shelf, store *storage, other recordEntry, value fs.FileInfo) error {
	contentType := s.contentType(store, x.style, other, value)
	apart := recordEntry{key: other.key, file: recordFile(styleJavaScript, other.key, contentType)}
	if apart.file == "" {
		return nil
	}
	if err := put(s.root, valuePath(store, other), valuePath(store, apart)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.noteType(store, other.key, contentType, value, nil); err != nil {
		return err
	}
	if err := ignoreMissing(s.root.Remove(store.path() + "/" + other.metadataName(x.style))); err != nil {
		return err
	}
	x.entries.Set(apart)
	return nil
}

// removeFile removes a value, unless another key has the same file.
func (x *recordIndex) removeFile(s *shelf, store *storage, entry recordEntry) error {
	shared := false
	if x.sharing {
		x.entries.Scan(func(other recordEntry) bool {
			shared = other.key != entry.key && other.file == entry.file && other.hidden == entry.hidden
			return !shared
		})
	}
	if shared {
		return nil
	}
	return ignoreMissing(s.root.Remove(valuePath(store, entry)))
}

// deleteRecord answers DELETE of a record, which need not be there.
func (h *Handler) deleteRecord(w http.ResponseWriter, r *http.Request, ref reference) error {
	if err := h.exists(ref); err != nil {
		return err
	}
	err := h.change(r.Context(), ref, func(s *shelf, store *storage) error {
		index := h.records.of(store.folder)
		index.mutex.Lock()
		defer index.mutex.Unlock()
		if err := index.beforeChange(s, store); err != nil {
			return err
		}
		return index.remove(s, store, r.PathValue("key"))
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (x *recordIndex) remove(s *shelf, store *storage, key string) error {
	entry, ok := x.get(key)
	if !ok && x.unsure {
		if err := x.refresh(s, store, true); err != nil {
			return err
		}
		entry, ok = x.get(key)
	}
	if !ok {
		return nil
	}
	if err := x.removeFile(s, store, entry); err != nil {
		return err
	}
	if entry.described {
		if err := ignoreMissing(s.root.Remove(store.path() + "/" + entry.metadataName(x.style))); err != nil {
			return err
		}
	}
	if err := s.forgetType(store, key); err != nil {
		return err
	}
	s.syncLater(path.Dir(valuePath(store, entry)))
	if err := x.changed(s, store, key, nil); err != nil {
		return err
	}
	return x.touchMetadata(s, store)
}

// touchInterval is how often the times in a store's metadata file are set. They
// say when, not how often; and writing the file for every value would take
// longer than storing it.
const touchInterval = time.Second

func (x *recordIndex) touchMetadata(s *shelf, store *storage) error {
	now := time.Now()
	if now.Sub(x.touched) < touchInterval {
		return nil
	}
	x.touched = now
	return editMetadata(s.root, keyValueStores, store.folder, edit{modified: now})
}

// forget has the folder read again.
func (x *recordIndex) forget() {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.seen = [2]fs.FileInfo{}
}
