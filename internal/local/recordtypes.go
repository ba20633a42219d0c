package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
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
func noteFile(key string) string { return typesFolder + "/" + noteName(key) }

func noteName(key string) string { return hashedKey(key) + ".json" }

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

func (s *shelf) noteType(store *storage, key, contentType string, value fs.FileInfo) error {
	text, err := s.noteText(store, key, contentType, value)
	if err != nil {
		return err
	}
	if err := s.makeHidden(store, typesFolder); err != nil {
		return err
	}
	return replaceFile(s.root, hiddenFolder(store.id)+"/"+noteFile(key), text)
}

// describedText is the metadata beside a value, as crawlee-python writes it.
func describedText(key, contentType string, size int64) []byte {
	return fmt.Appendf(nil, "{\n  \"key\": %s,\n  \"content_type\": %s,\n  \"size\": %d\n}", quoted(key), quoted(contentType), size)
}
