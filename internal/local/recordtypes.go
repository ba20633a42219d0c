package local

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// noteFile is the note of a key, below the store's hidden folder.
func noteFile(key string) string { return typesFolder + "/" + hashedKey(key) + ".json" }

// contentType is a record's media type: what was noted, else what the metadata
// beside it says, else what its ending tells.
func (s *shelf) contentType(store *storage, style recordStyle, e recordEntry, value fs.FileInfo) string {
	if note, err := s.readNote(store, e.key); err == nil {
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

func (s *shelf) readNote(store *storage, key string) (note typeNote, err error) {
	hidden, err := s.hidden(store)
	if err != nil {
		return note, err
	}
	if hidden == nil {
		return note, fs.ErrNotExist
	}
	return note, readSmallJSON(hidden, noteFile(key), &note)
}

// noteText is the note of a new value.
func (s *shelf) noteText(store *storage, key, contentType string, value fs.FileInfo) ([]byte, error) {
	note := typeNote{Key: key, ContentType: contentType, Size: value.Size(), ModifiedAt: value.ModTime()}
	if before, err := s.readNote(store, key); err == nil && before.Key == key {
		before.Before = nil
		note.Before = &before
	}
	return json.Marshal(note)
}

func (s *shelf) noteType(store *storage, key, contentType string, value fs.FileInfo, staged *stagedText) error {
	text, err := s.noteText(store, key, contentType, value)
	if err != nil {
		return err
	}
	if err := s.makeHidden(store, typesFolder); err != nil {
		return err
	}
	return s.placeText(hiddenFolder(store.id)+"/"+noteFile(key), text, staged)
}

// describeRecord writes the metadata beside a value as crawlee-python does.
func (s *shelf) describeRecord(store *storage, entry recordEntry, contentType string, size int64, staged *stagedText) error {
	return s.placeText(store.path()+"/"+entry.metadataName(stylePython), describedText(entry.key, contentType, size), staged)
}

func describedText(key, contentType string, size int64) []byte {
	return fmt.Appendf(nil, "{\n  \"key\": %s,\n  \"content_type\": %s,\n  \"size\": %d\n}", quoted(key), quoted(contentType), size)
}

func (s *shelf) forgetType(store *storage, key string) error {
	hidden, err := s.hidden(store)
	if err != nil || hidden == nil {
		return err
	}
	return ignoreMissing(hidden.Remove(noteFile(key)))
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
func (s *shelf) stageBeside(store *storage, style recordStyle, key, contentType string, value stagedValue) (*stagedText, error) {
	var text []byte
	entry := entryFor(style, key, contentType)
	switch {
	case entry.described:
		text = describedText(key, contentType, value.info.Size())
	case entry.noted(contentType):
		var err error
		if text, err = s.noteText(store, key, contentType, value.info); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	name, err := writeTemporary(s.root, text)
	return &stagedText{path: name, text: text}, err
}

// placeText gives a text its place: the staged file where it says the same.
func (s *shelf) placeText(place string, text []byte, staged *stagedText) error {
	if staged == nil || !bytes.Equal(staged.text, text) {
		name, err := writeTemporary(s.root, text)
		if err != nil {
			return err
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
