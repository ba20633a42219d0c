// Package durable is how changes of a storage directory reach the disk: temporary
// files and who removes them, changes that are carried out in groups, files of our
// own beside the storages.
//
// A change that is acknowledged is on the disk under its final name: its content
// was written under a temporary name and synced, renamed, and the folder synced.
// Nothing is replayed.
package durable

import (
	"crypto/rand"
	"errors"
	"os"
	"path"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// PrivateFolder holds what we keep beside the storages, below the storage
// directory.
const PrivateFolder = ".apifyctl"

// TemporaryFolder holds what is being written or deleted: see Presence.
const TemporaryFolder = PrivateFolder + "/tmp"

// TemporaryName is an unused path in TemporaryFolder, which it creates.
func TemporaryName(root *os.Root) (string, error) {
	if err := atomicfile.MakePlain(root, TemporaryFolder); err != nil {
		return "", err
	}
	return TemporaryFolder + "/" + rand.Text(), nil
}

// CreateTemporary makes a new file in TemporaryFolder, for writing.
func CreateTemporary(root *os.Root) (file *os.File, name string, err error) {
	name, err = TemporaryName(root)
	if err != nil {
		return nil, "", err
	}
	file, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	return file, name, err
}

// Replace gives a file a new content, whole or not at all, which is on the disk
// when it returns. What is being written is never beside its destination, where an
// SDK would take it for an item.
func Replace(root *os.Root, name string, text []byte) error {
	temporary, err := TemporaryName(root)
	if err != nil {
		return err
	}
	return atomicfile.Replace(root, temporary, name, 0o666, text)
}

// ReadState decodes a state file, whose name is below PrivateFolder: see
// atomicfile.ReadState.
func ReadState(root *os.Root, name string, target any) error {
	return atomicfile.ReadState(root, PrivateFolder+"/"+name, target)
}

// WriteState writes a state file, whole or not at all, and creates its folder. A
// broken one is not overwritten, but set aside.
func WriteState(root *os.Root, name string, value any) error {
	content, err := atomicfile.EncodeState(value)
	if err != nil {
		return err
	}
	name = PrivateFolder + "/" + name
	var known any
	if _, broken := errors.AsType[*atomicfile.BrokenError](atomicfile.ReadState(root, name, &known)); broken {
		if _, err := atomicfile.SetAside(root, name); err != nil {
			return err
		}
	}
	if err := atomicfile.MakePlain(root, path.Dir(name)); err != nil {
		return err
	}
	return Replace(root, name, content)
}

// Presence tells that somebody is at work in a storage directory: as long as one
// is open, what is in TemporaryFolder is in use. Where nobody is present, it is
// what killed processes have left.
//
// It is a lock that all who write share. The zero value is ready; it is safe for
// concurrent use.
type Presence struct {
	mutex sync.Mutex
	users int
	lock  *atomicfile.Lock
	swept bool
}

const presenceFile = PrivateFolder + "/tmp.lock"

// Enter notes that something will be written. Before the first time it removes
// what killed processes have left.
func (p *Presence) Enter(root *os.Root) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.users == 0 {
		if err := p.open(root); err != nil {
			return err
		}
	}
	p.users++
	return nil
}

func (p *Presence) open(root *os.Root) error {
	if err := atomicfile.MakePlain(root, PrivateFolder); err != nil {
		return err
	}
	lock, err := atomicfile.OpenLock(root, presenceFile)
	if err != nil {
		return err
	}
	if !p.swept {
		if err := sweep(root, lock); err != nil {
			return errors.Join(err, lock.Close())
		}
		p.swept = true
	}
	if err := lock.Take(true); err != nil {
		return errors.Join(err, lock.Close())
	}
	p.lock = lock
	return nil
}

// sweep removes what is in TemporaryFolder if nobody else is present.
func sweep(root *os.Root, lock *atomicfile.Lock) error {
	alone, err := lock.Try(false)
	if err != nil || !alone {
		return err
	}
	return root.RemoveAll(TemporaryFolder)
}

// Leave ends what Enter began.
func (p *Presence) Leave() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.users--
	if p.users > 0 {
		return nil
	}
	lock := p.lock
	p.lock = nil
	return lock.Close()
}

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
