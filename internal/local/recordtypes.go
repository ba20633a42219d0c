package local

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"time"
)

// typeNote remembers a media type that a file's ending does not tell. It counts
// only for the value it was written with: an SDK that writes another one does
// not know of it.
type typeNote struct {
	Key         string    `json:"key"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`
	ModifiedAt  time.Time `json:"modifiedAt"`
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
	var note typeNote
	err := readSmallJSON(s.root, typeNotePath(store.id, hashedKey(e.key)), &note)
	if err == nil && note.Key == e.key && (e.hidden || note.Size == value.Size() && note.ModifiedAt.Equal(value.ModTime())) {
		return note.ContentType
	}
	if e.described {
		m, err := readRecordMetadata(s.folders, store.folder+"/"+e.metadataName(style))
		if err == nil && m.mediaType() != "" {
			return m.mediaType()
		}
	}
	return typeOfFile(e.file)
}

func (s *shelf) noteType(store *storage, key, contentType string, value fs.FileInfo) error {
	path := typeNotePath(store.id, hashedKey(key))
	if err := s.root.MkdirAll(hiddenFolder(store.id)+"/types", 0o777); err != nil {
		return err
	}
	return writeJSONFile(s.root, path[len(privateFolder)+1:], typeNote{key, contentType, value.Size(), value.ModTime()})
}

func (s *shelf) forgetType(store *storage, key string) error {
	return ignoreMissing(s.root.Remove(typeNotePath(store.id, hashedKey(key))))
}
