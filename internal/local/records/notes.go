package records

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// note is what the name of a value's file does not tell: its media type, and its
// key if it is a hidden one. It counts only for the value that it was written
// with: an SDK that writes another one does not know of it. Before is the note of
// the value that was replaced, which may still be there: the note is written
// first.
type note struct {
	Key         string    `json:"key"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`
	Sum         *uint32   `json:"crc32c,omitempty"`    // of the value
	ModifiedAt  time.Time `json:"modifiedAt,omitzero"` // instead of Sum, in notes of earlier versions
	Before      *note     `json:"before,omitempty"`
}

// castagnoli is the checksum that processors compute by themselves.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// noteName is the file of a key's note, in the folder of types. Its stem is that
// of the value if the value is hidden.
func noteName(key string) string { return directory.HashedName(key) + ".json" }

// checkedSize is up to where the checksum of a value is compared whenever its
// media type is asked for. That another value of exactly that size has come in
// its place is only to be expected of smaller ones.
const checkedSize = 1 << 20

// goesWith tells whether a note is about a value. It leaves the file where it
// began.
func (n *note) goesWith(value *os.File, info fs.FileInfo, hidden bool) (bool, error) {
	switch {
	case n.Size != info.Size():
		return false, nil
	case n.Sum == nil:
		return n.ModifiedAt.Equal(info.ModTime()), nil
	case n.Size > checkedSize && !hidden:
		return true, nil
	}
	sum := crc32.New(castagnoli())
	if _, err := io.Copy(sum, value); err != nil {
		return false, err
	}
	_, err := value.Seek(0, io.SeekStart)
	return sum.Sum32() == *n.Sum, err
}

// noted tells whether a media type needs a note.
func (e entry) noted(contentType string) bool {
	return e.hidden || !e.described && typeOfFile(e.file) != contentType
}

// contentType is a record's media type: what was noted, else what the metadata
// beside it says, else what its ending tells. A hidden value that is not the one
// that was noted is an error.
func (s *store) contentType(style recordStyle, e entry, value *os.File, info fs.FileInfo) (string, error) {
	switch known, err := s.notedType(e, value, info); {
	case err == nil && known != "":
		return known, nil
	case e.hidden && err == nil:
		return "", fmt.Errorf("%s/%s is not the value that was stored", s.path(valuesFolder), e.file)
	case e.hidden:
		return "", err
	case err != nil:
		s.warn(fmt.Sprintf("the media type of %q is guessed from its file's name", e.key), err)
	}
	if e.described {
		m, err := readRecordMetadata(s.in.Folders, s.Folder+"/"+e.metadataName(style))
		if err == nil && m.mediaType() != "" {
			return m.mediaType(), nil
		}
	}
	return typeOfFile(e.file), nil
}

// notedType is "" where there is no note, or one of another value.
func (s *store) notedType(e entry, value *os.File, info fs.FileInfo) (string, error) {
	found, err := s.readNote(directory.HashedName(e.key))
	if err != nil {
		return "", atomicfile.IgnoreMissing(err)
	}
	for n := found; n != nil; n = n.Before {
		if ok, err := n.goesWith(value, info, e.hidden); ok || err != nil {
			return n.ContentType, err
		}
	}
	return "", nil
}

// readNote reads the note of a key, by its hash. A missing one is fs.ErrNotExist,
// one that cannot be believed a *atomicfile.BrokenError.
func (s *store) readNote(hash string) (*note, error) {
	types, err := s.folder(typesFolder)
	if types == nil && err == nil {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	var found note
	text, err := atomicfile.ReadSmall(types, hash+".json")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	if err == nil {
		err = atomicfile.DecodeState(text, &found)
	}
	if err == nil && directory.HashedName(found.Key) != hash {
		err = errors.New("it is of another key")
	}
	if err != nil {
		return nil, &atomicfile.BrokenError{Name: s.path(typesFolder) + "/" + hash + ".json", Reason: err}
	}
	return &found, nil
}

// newNote is the file that says of what media type a new value is.
func (s *store) newNote(key, contentType string, value *newValue) (*durable.Change, error) {
	if err := s.make(typesFolder); err != nil {
		return nil, err
	}
	fresh := note{Key: key, ContentType: contentType, Size: value.size, Sum: &value.sum}
	before, err := s.readNote(directory.HashedName(key))
	switch {
	case err == nil:
		before.Before = nil
		fresh.Before = before
	case !errors.Is(err, fs.ErrNotExist):
		if err := s.setAside(err); err != nil {
			return nil, err
		}
	}
	text, err := atomicfile.EncodeState(fresh)
	return &durable.Change{In: typesFolder, Name: noteName(key), Text: text}, err
}

// setAside keeps a note that cannot be read from being overwritten.
func (s *store) setAside(why error) error {
	broken, ok := errors.AsType[*atomicfile.BrokenError](why)
	if !ok {
		return why
	}
	s.warn("set aside", why)
	_, err := atomicfile.SetAside(s.in.Root, broken.Name)
	return err
}

// hasNote tells whether there is a note of a key, whatever it says.
func (s *store) hasNote(key string) bool {
	types, err := s.folder(typesFolder)
	if err != nil || types == nil {
		return false
	}
	info, err := types.Lstat(noteName(key))
	return err == nil && !info.IsDir()
}
