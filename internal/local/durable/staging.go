package durable

import (
	"crypto/rand"
	"errors"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// Place is which of a storage's folders a file is in: "" is the
// storage's own.
type Place string

// Change is a file of a storage that is to get another content, or to go.
type Change struct {
	In      Place
	Name    string
	Text    []byte
	Deleted bool
	Staged  string // the temporary file, once there is one, which is on the disk
	own     bool   // Stage has made that
}

// Staging is the folder of temporary files, open for a group of changes.
type Staging struct {
	*atomicfile.Folder
	prefix string
	used   atomic.Int64
}

// OpenStaging creates the folder where it is missing.
func OpenStaging(root *os.Root) (*Staging, error) {
	if err := atomicfile.MakePlain(root, TemporaryFolder); err != nil {
		return nil, err
	}
	folder, err := atomicfile.OpenFolder(root, TemporaryFolder)
	if err != nil {
		return nil, err
	}
	return &Staging{Folder: folder, prefix: rand.Text() + "-"}, nil
}

// MakeStaging creates a folder in that of temporary files, in which changes are
// staged under the names 0, 1 and so on.
func MakeStaging(root *os.Root) (s *Staging, path string, err error) {
	if path, err = TemporaryName(root); err != nil {
		return nil, "", err
	}
	if err := root.Mkdir(path, 0o777); err != nil {
		return nil, "", err
	}
	folder, err := atomicfile.OpenFolder(root, path)
	if err != nil {
		return nil, "", err
	}
	return &Staging{Folder: folder}, path, nil
}

// name is one that is not in use.
func (s *Staging) name() string { return s.prefix + strconv.FormatInt(s.used.Add(1)-1, 10) }

// Stage writes what changes under temporary names, but for what has one already.
// It is on the disk when Stage returns.
func (s *Staging) Stage(changes []*Change) error {
	var files []atomicfile.NewFile
	for _, c := range changes {
		if !c.Deleted && c.Staged == "" {
			c.Staged, c.own = s.name(), true
			files = append(files, atomicfile.NewFile{Name: c.Staged, Text: c.Text})
		}
	}
	return s.WriteAll(files)
}

// Unstage removes temporary files after a failure. Those that somebody else has
// made, he removes.
func (s *Staging) Unstage(changes []*Change) error {
	var errs []error
	for _, c := range changes {
		if c.own {
			errs = append(errs, s.Remove(c.Staged))
		}
	}
	return errors.Join(errs...)
}
