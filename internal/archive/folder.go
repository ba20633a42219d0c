package archive

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// NotEmptyError is a folder that holds files which are no export.
type NotEmptyError struct{ Path string }

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("%s holds other files; a new folder, an empty one or an earlier export is needed", e.Path)
}

// Folder is a folder that records are put into, several at a time. A file
// appears whole or not at all, and is in the index from then on.
type Folder struct {
	root    *os.Root
	names   *Names
	before  []Entry
	mutex   sync.Mutex
	journal *os.File
	written map[string]Entry
}

// CreateFolder opens a folder for writing, making it where it is missing. One
// that holds an earlier export is brought up to date; with resume, what that
// export got done counts as done.
func CreateFolder(path string, resume bool) (*Folder, error) {
	if err := os.MkdirAll(path, 0o777); err != nil { // #nosec G301 -- the user's umask decides
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f := &Folder{root: root, written: map[string]Entry{}}
	if err := f.begin(path, resume); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

func (f *Folder) begin(path string, resume bool) (err error) {
	if f.before, err = indexIn(f.root); errors.Is(err, fs.ErrNotExist) {
		files, err := fs.ReadDir(f.root.FS(), ".")
		if err != nil {
			return err
		}
		if len(files) > 0 {
			return &NotEmptyError{path}
		}
	} else if err != nil {
		return err
	}
	f.names = NewNames(f.before)
	if err := f.removeLeftovers(); err != nil {
		return err
	}
	if resume {
		for _, entry := range f.before {
			if entry.Stale {
				continue
			}
			if info, err := f.root.Lstat(entry.File); err == nil && info.Size() == entry.Size && f.names.For(entry.Key) == entry.File {
				f.written[entry.Key] = entry
			}
		}
	}
	// Until the end the index lists what was there before too: those files are
	// known for ours even when this run is killed.
	if !resume {
		for i := range f.before {
			f.before[i].Stale = true
		}
		if err := f.replaceIndex(f.before); err != nil {
			return err
		}
	}
	f.journal, err = f.root.OpenFile(IndexName, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	return f.endLine()
}

// endLine keeps a line that was cut off from spoiling the next.
func (f *Folder) endLine() error {
	text, err := f.root.ReadFile(IndexName)
	if err != nil || len(text) == 0 || text[len(text)-1] == '\n' {
		return err
	}
	return f.root.WriteFile(IndexName, text[:strings.LastIndexByte(string(text), '\n')+1], 0o666)
}

const (
	temporaryPrefix = ".apifyctl-"
	temporarySuffix = ".tmp"
)

func (f *Folder) removeLeftovers() error {
	files, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		if isTemporary(file.Name()) {
			errs = append(errs, f.root.Remove(file.Name()))
		}
	}
	return errors.Join(errs...)
}

func isTemporary(name string) bool {
	return strings.HasPrefix(name, temporaryPrefix) && strings.HasSuffix(name, temporarySuffix)
}

// Name is the file that a key's record goes into.
func (f *Folder) Name(key string) string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.names.For(key)
}

// Done tells whether a key's record is there already.
func (f *Folder) Done(key string) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	_, done := f.written[key]
	return done
}

// Put writes what fill writes as the value of a record. fill may be called for
// a new try only by calling Put again.
func (f *Folder) Put(key string, fill func(io.Writer) (contentType string, err error)) (Entry, error) {
	entry := Entry{Key: key, File: f.Name(key)}
	temporary := temporaryPrefix + strings.ToLower(rand.Text()) + temporarySuffix
	file, err := f.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return Entry{}, err
	}
	sum := sha256.New()
	entry.ContentType, err = fill(io.MultiWriter(file, sum))
	info, statErr := file.Stat()
	if err := errors.Join(err, statErr, file.Close()); err != nil {
		return Entry{}, errors.Join(err, f.root.Remove(temporary))
	}
	entry.Size, entry.SHA256 = info.Size(), hex.EncodeToString(sum.Sum(nil))
	if err := f.root.Rename(temporary, entry.File); err != nil {
		return Entry{}, errors.Join(err, f.root.Remove(temporary))
	}
	return entry, f.note(entry)
}

func (f *Folder) note(entry Entry) error {
	line, err := entry.appendLine(nil)
	if err != nil {
		return err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.written[entry.Key] = entry
	_, err = f.journal.Write(line)
	return err
}

// Finish writes the index. Complete says that the folder now holds all there is
// to hold: files of the earlier export that were not written again are removed.
func (f *Folder) Finish(complete bool) error {
	entries := make([]Entry, 0, len(f.written))
	for _, entry := range f.written {
		entries = append(entries, entry)
	}
	var errs []error
	for _, entry := range f.before {
		if _, again := f.written[entry.Key]; again {
			continue
		}
		if !complete {
			entries = append(entries, entry)
			continue
		}
		if f.names.For(entry.Key) != entry.File {
			continue // not ours, whatever the index says
		}
		if err := f.root.Remove(entry.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	sortEntries(entries)
	// Not every file system of Windows replaces a file that is open.
	return errors.Join(append(errs, f.closeJournal(), f.replaceIndex(entries))...)
}

func (f *Folder) closeJournal() error {
	if f.journal == nil {
		return nil
	}
	journal := f.journal
	f.journal = nil
	return journal.Close()
}

func (f *Folder) replaceIndex(entries []Entry) error {
	temporary := temporaryPrefix + strings.ToLower(rand.Text()) + temporarySuffix
	return atomicfile.ReplaceWith(f.root, temporary, IndexName, 0o666, func(w io.Writer) error { return writeIndex(w, entries) })
}

// Close lets go of the folder. Without Finish the index has what was put so far.
func (f *Folder) Close() error { return errors.Join(f.closeJournal(), f.root.Close()) }

func indexIn(root *os.Root) (entries []Entry, err error) {
	file, err := root.Open(IndexName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readIndex(file)
}
