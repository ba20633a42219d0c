package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Storage is one storage's identity and facts, as far as they are cheap.
type Storage struct {
	Kind       Kind
	Folder     string
	ID         string
	Name       string // "" when unnamed
	metadataID string // the SDK's own, often a UUID
	created    time.Time
	Modified   time.Time
	accessed   time.Time
	access     string
	Schema     json.RawMessage
	Shared     bool // a queue that had several clients
	Dated      bool // our state says when it was created
}

// Path is the storage's folder, below the storage directory.
func (s *Storage) Path() string { return s.Kind.Folder() + "/" + s.Folder }

// Collection is the folder of one kind, open for one request.
type Collection struct {
	kind     Kind
	Root     *os.Root
	Folders  *os.Root // nil: there is none yet
	Private  *os.Root // .apifyctl; nil: there is none yet
	moving   *move    // under way, or killed half-way
	contents Contents
	warnings *warnings
	Log      *slog.Logger

	unsynced []string // folders below root: see Handler.change
	metadata fileCache[Metadata]
	states   fileCache[State]
	opened   map[string]*os.Root // by what they are; nil: there is none
}

// OpenOnce opens a folder for as long as the shelf is open; nil where there is
// none.
func (s *Collection) OpenOnce(what string, in *os.Root, name string) (*os.Root, error) {
	folder, known := s.opened[what]
	if known {
		return folder, nil
	}
	folder, err := openIfThere(in, name)
	if err != nil {
		return nil, err
	}
	if s.opened == nil {
		s.opened = map[string]*os.Root{}
	}
	s.opened[what] = folder
	return folder, nil
}

// Inside opens a storage's folder, until the shelf is closed: walking to it for
// every file takes longer than all the rest.
func (s *Collection) Inside(found *Storage) (*os.Root, error) {
	folder, err := s.OpenOnce("storage "+found.Folder, s.Folders, found.Folder)
	if err == nil && folder == nil {
		err = fs.ErrNotExist
	}
	return folder, err
}

// Forget has openOnce open a folder anew where there was none.
func (s *Collection) Forget(what string) {
	if folder, known := s.opened[what]; known && folder == nil {
		delete(s.opened, what)
	}
}

// SyncLater has a folder, below the storage directory, synced before the change
// that is under way is answered.
func (s *Collection) SyncLater(folder string) {
	if !slices.Contains(s.unsynced, folder) {
		s.unsynced = append(s.unsynced, folder)
	}
}

// openShelf opens the folders of a kind. A directory that does not exist reads
// as an empty one.
func (d *Directory) openShelf(root *os.Root, k Kind) (*Collection, error) {
	s := &Collection{kind: k, Root: root, Log: d.Log, metadata: d.metadata, states: d.states, contents: d.contents[k], warnings: &d.warnings}
	var err error
	if s.Folders, err = openIfThere(root, k.Folder()); err != nil {
		return nil, err
	}
	if err := s.openPrivate(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.readMove()
	return s, nil
}

// openPrivate opens .apifyctl. What is there instead, say a link, holds nothing of
// ours; whoever writes is told.
func (s *Collection) openPrivate() error {
	private, err := atomicfile.OpenPlainFolder(s.Root, durable.PrivateFolder)
	if _, irregular := errors.AsType[*atomicfile.IrregularError](err); irregular {
		s.warnings.warn(s.Log, "what is kept beside the storages cannot be read", err)
		err = nil
	}
	s.Private = private
	return atomicfile.IgnoreMissing(err)
}

func openIfThere(root *os.Root, name string) (*os.Root, error) {
	opened, err := root.OpenRoot(name)
	return opened, atomicfile.IgnoreMissing(err)
}

func (s *Collection) close() error {
	var errs []error
	for _, each := range []*os.Root{s.Folders, s.Private} {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	return errors.Join(append(errs, s.closeOpened())...)
}

// closeOpened closes what openOnce has opened. The folders may be others by now.
func (s *Collection) closeOpened() error {
	var errs []error
	for _, each := range s.opened {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	s.opened = nil
	return errors.Join(errs...)
}

// readMove reads which folder is being renamed. A broken note is said: what
// became of the folder can be seen, but not which state it had.
func (s *Collection) readMove() {
	s.moving = nil
	if s.Private == nil {
		return
	}
	var m move
	err := durable.ReadState(s.Root, movingFile(s.kind), &m)
	if err == nil && (!ValidName(m.To) || !isStorageFolder(m.From) || strings.ContainsAny(m.From, `/\`)) { // they become part of paths
		err = &atomicfile.BrokenError{Name: movingFile(s.kind), Reason: errors.New("it names no folders")}
	}
	if err == nil {
		s.moving = &m
	} else if !errors.Is(err, fs.ErrNotExist) {
		s.warnings.warn(s.Log, "a note of a renaming was ignored", err)
	}
}

// names are the folders of this kind, sorted, spelled as on disk.
func (s *Collection) names() ([]string, error) {
	if s.Folders == nil {
		return nil, nil
	}
	dir, err := s.Folders.Open(".")
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if !isStorageFolder(entry.Name()) {
			continue
		}
		if entry.IsDir() || entry.Type()&fs.ModeSymlink != 0 && s.leadsToFolder(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// leadsToFolder follows a link as far as the folder of the kind goes.
func (s *Collection) leadsToFolder(link string) bool {
	info, err := s.Folders.Stat(link)
	return err == nil && info.IsDir()
}

// load reads what is known of a folder. fs.ErrNotExist when it is gone.
func (s *Collection) load(folder string) (*Storage, error) {
	if s.Folders == nil {
		return nil, fs.ErrNotExist
	}
	info, err := s.Folders.Stat(folder)
	if err != nil {
		return nil, err
	}
	found := &Storage{Kind: s.kind, Folder: folder, access: DefaultAccess, Modified: info.ModTime()}
	described := s.readMetadata(folder)
	remembered := s.readState(folder)
	found.metadataID, found.Shared = described.ID, described.HadMultipleClients || described.HadMultipleClientsPython

	named := !isUUID(folder) && !LooksLikeID(folder)
	if described.ID != "" {
		named = described.Name != nil && *described.Name != ""
	}
	if remembered.Named != nil {
		named = *remembered.Named
	}
	if named {
		found.Name = folder
	}
	switch {
	case remembered.ID != "":
		found.ID = remembered.ID
	case ValidID(described.ID):
		found.ID = described.ID
	case LooksLikeID(folder):
		found.ID = folder
	default:
		found.ID = derivedID(s.kind, folder)
	}
	if remembered.GeneralAccess != "" {
		found.access = remembered.GeneralAccess
	}
	found.Schema, found.Dated = remembered.Schema, !remembered.CreatedAt.IsZero()
	found.created = firstTime(remembered.CreatedAt, described.created(), s.oldest(folder, info.ModTime()))
	found.Modified = latest(info.ModTime(), remembered.ModifiedAt, described.modified())
	found.accessed = latest(found.Modified, described.accessed())
	return found, nil
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}

// firstItem is the file of a dataset's first item, as the SDKs call it.
const firstItem = "000000001.json"

// oldest is the best guess at when a folder that does not say so was created:
// a dataset's first item tells, since items do not change.
func (s *Collection) oldest(folder string, modified time.Time) time.Time {
	if s.kind != Datasets {
		return modified
	}
	info, err := s.Folders.Lstat(folder + "/" + firstItem)
	if err != nil || info.ModTime().After(modified) {
		return modified
	}
	return info.ModTime()
}

// readMetadata reads the SDK's file. One that cannot be read, say because an
// SDK is writing it, is like none.
func (s *Collection) readMetadata(folder string) Metadata {
	name := folder + "/" + MetadataFile
	m, err := s.metadata.read(s.Folders, name, func(m *Metadata) error { return atomicfile.ReadJSON(s.Folders, name, m) })
	if err == nil {
		return m
	}
	if !errors.Is(err, fs.ErrNotExist) {
		s.warnings.warn(s.Log, fmt.Sprintf("the metadata of the %s %s were ignored", s.kind, folder), err)
	}
	return Metadata{}
}

func (s *Collection) readState(folder string) State {
	if s.moving != nil && s.moving.To == folder && !s.has(s.moving.From) {
		return s.moving.State
	}
	if s.Private == nil {
		return State{}
	}
	name := stateFile(s.kind, folder)
	st, err := s.states.read(s.Root, durable.PrivateFolder+"/"+name, func(st *State) error {
		if err := durable.ReadState(s.Root, name, st); err != nil {
			return err
		}
		if !ValidID(st.ID) {
			return &atomicfile.BrokenError{Name: name, Reason: errors.New("it has no ID")}
		}
		return nil
	})
	if err == nil {
		return st
	}
	if errors.Is(err, fs.ErrNotExist) {
		return State{}
	}
	// Who could read the storage is not known any more: nobody else does.
	s.warnings.warn(s.Log, fmt.Sprintf("what was kept about the %s %s is lost: its ID, dates, access and schema", s.kind, folder), err)
	return State{GeneralAccess: restrictedAccess}
}

// warnings says things once.
type warnings struct{ said sync.Map }

func (w *warnings) warn(log *slog.Logger, what string, err error) {
	if _, said := w.said.LoadOrStore(what+err.Error(), true); !said {
		log.Warn(what, "error", err)
	}
}

// Warn says what is not as it should be in the directory, once.
func (s *Collection) Warn(what string, err error) { s.warnings.warn(s.Log, what, err) }

func (s *Collection) has(folder string) bool {
	if s.Folders == nil {
		return false
	}
	_, err := s.Folders.Lstat(folder)
	return err == nil
}
