package gcs

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// mark is a file that is there as long as an upload to an object is: Google lists no
// sessions, so that one that was left behind shows here alone. It holds the name of
// the object, and nothing of the session.
type mark struct{ path, text string }

func markOf(dir, bucket, key string) mark {
	if dir == "" {
		return mark{}
	}
	text := object.GS + "://" + bucket + "/" + key
	sum := sha256.Sum256([]byte(text))
	return mark{filepath.Join(dir, hex.EncodeToString(sum[:16])+".upload"), text + "\n"}
}

// set makes the mark, and tells of one that was there. It serves to tell people
// something: where it cannot be made nothing is lost.
func (m mark) set() (left *object.Left) {
	if m.path == "" {
		return nil
	}
	if info, err := os.Stat(m.path); err == nil {
		left = &object.Left{Began: info.ModTime(), Size: -1}
	}
	if os.MkdirAll(filepath.Dir(m.path), 0o700) == nil {
		_ = os.WriteFile(m.path, []byte(m.text), 0o600)
	}
	return left
}

func (m mark) remove() {
	if m.path != "" {
		_ = os.Remove(m.path)
	}
}
