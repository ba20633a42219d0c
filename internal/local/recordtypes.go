package local

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"
)

// typeNote remembers a media type that a file's ending does not tell. It counts
// only for the value it was written with: an SDK that writes another one does
// not know of it. Before is the note of the value that was replaced, which may
// still be there: the note is written first.
type typeNote struct {
	Key         string    `json:"key"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`
	ModifiedAt  time.Time `json:"modifiedAt"`
	Before      *typeNote `json:"before,omitempty"`
}

func (n *typeNote) goesWith(value fs.FileInfo) bool {
	return n.Size == value.Size() && n.ModifiedAt.Equal(value.ModTime())
}

// of is what the note says of a value; "" for nothing.
func (n *typeNote) of(key string, value fs.FileInfo, hidden bool) string {
	switch {
	case n.Key != key:
		return ""
	case n.goesWith(value):
		return n.ContentType
	case n.Before != nil && n.Before.goesWith(value):
		return n.Before.ContentType
	case hidden: // only we write those
		return n.ContentType
	}
	return ""
}

// noted tells whether a media type needs a note.
func (e recordEntry) noted(contentType string) bool {
	return e.hidden || !e.described && typeOfFile(e.file) != contentType
}

// hashedKey is a file name for any key.
func hashedKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

func typeNotePath(id, hash string) string { return hiddenFolder(id) + "/types/" + hash + ".json" }

// contentType is a record's media type: what was noted, else what the metadata
// beside it says, else what its ending tells.
func (s *shelf) contentType(store *storage, style recordStyle, e recordEntry, value fs.FileInfo) string {
	if note, err := s.readNote(store.id, e.key); err == nil {
		if known := note.of(e.key, value, e.hidden); known != "" {
			return known
		}
	}
	if e.described {
		m, err := readRecordMetadata(s.folders, store.folder+"/"+e.metadataName(style))
		if err == nil && m.mediaType() != "" {
			return m.mediaType()
		}
	}
	return typeOfFile(e.file)
}

func (s *shelf) readNote(id, key string) (note typeNote, err error) {
	return note, readSmallJSON(s.root, typeNotePath(id, hashedKey(key)), &note)
}

// noteText is the note of a new value.
func (s *shelf) noteText(id, key, contentType string, value fs.FileInfo) ([]byte, error) {
	note := typeNote{Key: key, ContentType: contentType, Size: value.Size(), ModifiedAt: value.ModTime()}
	if before, err := s.readNote(id, key); err == nil && before.Key == key {
		before.Before = nil
		note.Before = &before
	}
	return json.Marshal(note)
}

func (s *shelf) noteType(store *storage, key, contentType string, value fs.FileInfo, staged *stagedText) error {
	text, err := s.noteText(store.id, key, contentType, value)
	if err != nil {
		return err
	}
	place := typeNotePath(store.id, hashedKey(key))
	if err := s.root.MkdirAll(path.Dir(place), 0o777); err != nil {
		return err
	}
	return s.placeText(place, text, staged)
}

// describeRecord writes the metadata beside a value as crawlee-python does.
func (s *shelf) describeRecord(store *storage, entry recordEntry, contentType string, size int64, staged *stagedText) error {
	return s.placeText(store.path()+"/"+entry.metadataName(stylePython), describedText(entry.key, contentType, size), staged)
}

func describedText(key, contentType string, size int64) []byte {
	return fmt.Appendf(nil, "{\n  \"key\": %s,\n  \"content_type\": %s,\n  \"size\": %d\n}", quoted(key), quoted(contentType), size)
}

func (s *shelf) forgetType(store *storage, key string) error {
	return ignoreMissing(s.root.Remove(typeNotePath(store.id, hashedKey(key))))
}

// stagedText is a file that goes with a value, on the disk in a temporary file.
type stagedText struct {
	path string // below the storage directory
	text []byte
	used bool // it has its place
}

// stageBeside writes what will go with a value, while the store's lock is free:
// others can write theirs at the same time. By then the store may have changed;
// then it is written anew. Nil where nothing goes with the value.
func (h *Handler) stageBeside(ref reference, key, contentType string, value stagedValue) (staged *stagedText, err error) {
	err = h.read(ref.kind, func(s *shelf) error {
		store, err := h.find(s, ref)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		index := h.records.of(store.folder)
		index.mutex.Lock()
		entry := index.entryFor(key, contentType)
		index.mutex.Unlock()
		var text []byte
		switch {
		case entry.described:
			text = describedText(key, contentType, value.info.Size())
		case entry.noted(contentType):
			if text, err = s.noteText(store.id, key, contentType, value.info); err != nil {
				return err
			}
		default:
			return nil
		}
		name, err := temporaryName(s.root)
		if err != nil {
			return err
		}
		staged = &stagedText{path: name, text: text}
		return writeSynced(s.root, name, text)
	})
	return staged, err
}

// placeText gives a text its place: the staged file where it says the same.
func (s *shelf) placeText(place string, text []byte, staged *stagedText) error {
	if staged == nil || !bytes.Equal(staged.text, text) {
		name, err := temporaryName(s.root)
		if err != nil {
			return err
		}
		if err := writeSynced(s.root, name, text); err != nil {
			return errors.Join(err, ignoreMissing(s.root.Remove(name)))
		}
		staged = &stagedText{path: name}
	}
	if err := s.root.Rename(staged.path, place); err != nil {
		return err
	}
	staged.used = true
	s.syncLater(path.Dir(place))
	return nil
}
