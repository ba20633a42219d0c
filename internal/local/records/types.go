package records

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/rawjson"
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

// noteFile is the note of a key, below the store's hidden folder.
func noteFile(key string) string { return typesFolder + "/" + noteName(key) }

func noteName(key string) string { return directory.HashedName(key) + ".json" }

// contentType is a record's media type: what was noted, else what the metadata
// beside it says, else what its ending tells.
func contentTypeOf(s *directory.Collection, store *directory.Storage, style recordStyle, e recordEntry, value fs.FileInfo) string {
	if note, err := readNote(s, store, e.key); err == nil {
		if known := note.of(e.key, value, e.hidden); known != "" {
			return known
		}
	}
	if e.described {
		m, err := readRecordMetadata(s.Folders, store.Folder+"/"+e.metadataName(style))
		if err == nil && m.mediaType() != "" {
			return m.mediaType()
		}
	}
	return typeOfFile(e.file)
}

func readNote(s *directory.Collection, store *directory.Storage, key string) (note typeNote, err error) {
	hidden, err := openHidden(s, store)
	if err != nil {
		return note, err
	}
	if hidden == nil {
		return note, fs.ErrNotExist
	}
	return note, durable.ReadJSON(hidden, noteFile(key), &note)
}

// noteText is the note of a new value.
func noteText(s *directory.Collection, store *directory.Storage, key, contentType string, value fs.FileInfo) ([]byte, error) {
	note := typeNote{Key: key, ContentType: contentType, Size: value.Size(), ModifiedAt: value.ModTime()}
	if before, err := readNote(s, store, key); err == nil && before.Key == key {
		before.Before = nil
		note.Before = &before
	}
	return json.Marshal(note)
}

func noteType(s *directory.Collection, store *directory.Storage, key, contentType string, value fs.FileInfo) error {
	text, err := noteText(s, store, key, contentType, value)
	if err != nil {
		return err
	}
	if err := makeHidden(s, store, typesFolder); err != nil {
		return err
	}
	return durable.Replace(s.Root, hiddenFolder(store.ID)+"/"+noteFile(key), text)
}

// describedText is the metadata beside a value, as crawlee-python writes it.
func describedText(key, contentType string, size int64) []byte {
	return fmt.Appendf(nil, "{\n  \"key\": %s,\n  \"content_type\": %s,\n  \"size\": %d\n}", rawjson.Quoted(key), rawjson.Quoted(contentType), size)
}
