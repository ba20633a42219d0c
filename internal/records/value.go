package records

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/mediatype"
	"github.com/apifyctl/apifyctl/internal/spool"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Given is a value that a person gives: as a text, as JSON, in a file or on stdin.
type Given struct {
	Key, File   string // File is "" or - for stdin
	Text, JSON  *string
	ContentType string // "": it is found out
	AllowEmpty  bool
}

// Value finds what is to be stored. What can be read only once, as stdin, is read to its
// end first, into piped: a request that has to be sent again needs it from the start.
func (g Given) Value(stdin io.Reader, piped *spool.Spool) (v transfer.Value, err error) {
	v.ContentType = g.ContentType
	name := ""
	switch {
	case g.Text != nil:
		return g.literal(v, *g.Text, mediatype.Text, piped)
	case g.JSON != nil:
		return g.literal(v, *g.JSON, mediatype.JSON, piped)
	case g.File == "" || g.File == input.Stdin:
		if _, err := io.Copy(piped, stdin); err != nil {
			return v, err
		}
		if piped.Size() == 0 && !g.AllowEmpty {
			return v, failure.WithHint(errors.New("stdin is empty, nothing was stored"), "--allow-empty stores an empty value on purpose")
		}
		v.Size, v.Open = piped.Size(), piped.Open
	default:
		info, err := os.Stat(g.File)
		if err != nil {
			return v, err
		}
		if info.IsDir() {
			return v, failure.WithHint(failure.Usagef("%q is a directory", g.File), "`apifyctl kvs import` stores a folder's files")
		}
		name = filepath.Base(g.File)
		if !info.Mode().IsRegular() { // a pipe, which can be read only once
			return g.pipe(v, piped)
		}
		v.Size, v.Open = info.Size(), func() (io.ReadCloser, error) { return os.Open(g.File) }
	}
	if v.ContentType == "" {
		v.ContentType, err = v.TypeFor(name, g.Key)
	}
	return v, err
}

func (g Given) literal(v transfer.Value, text, kind string, kept *spool.Spool) (transfer.Value, error) {
	if v.ContentType == "" {
		v.ContentType = kind
		if g.JSON == nil && mediatype.HasEnding(g.Key) {
			v.ContentType = mediatype.ForName(g.Key)
		}
	}
	_, err := io.WriteString(kept, text)
	v.Size, v.Open = kept.Size(), kept.Open
	return v, err
}

func (g Given) pipe(v transfer.Value, kept *spool.Spool) (_ transfer.Value, err error) {
	file, err := os.Open(g.File)
	if err != nil {
		return v, err
	}
	_, err = io.Copy(kept, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return v, err
	}
	v.Size, v.Open = kept.Size(), kept.Open
	if v.ContentType == "" {
		v.ContentType, err = v.TypeFor(g.Key)
	}
	return v, err
}
