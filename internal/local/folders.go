package local

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
)

// storage is one storage's identity and facts, as far as they are cheap.
type storage struct {
	kind       kind
	folder     string
	id         string
	name       string // "" when unnamed
	metadataID string // the SDK's own, often a UUID
	created    time.Time
	modified   time.Time
	accessed   time.Time
	access     string
	schema     json.RawMessage
	shared     bool // a queue that had several clients
	dated      bool // our state says when it was created
}

func (s *storage) path() string { return s.kind.folder() + "/" + s.folder }

// shelf is the folder of one kind, open for one request.
type shelf struct {
	kind    kind
	root    *os.Root
	folders *os.Root // nil: there is none yet
	private *os.Root // .apifyctl; nil: there is none yet
	moving  *move    // under way, or killed half-way
	runList *runList // once it was asked for
	log     *slog.Logger

	unsynced []string // folders below root: see Handler.change
	facts    *factsCache
	opened   map[string]*os.Root // by what they are; nil: there is none
}

// openOnce opens a folder for as long as the shelf is open; nil where there is
// none.
func (s *shelf) openOnce(what string, in *os.Root, name string) (*os.Root, error) {
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

// forget has openOnce open a folder anew where there was none.
func (s *shelf) forget(what string) {
	if folder, known := s.opened[what]; known && folder == nil {
		delete(s.opened, what)
	}
}

// syncLater has a folder, below the storage directory, synced before the change
// that is under way is answered.
func (s *shelf) syncLater(folder string) {
	if !slices.Contains(s.unsynced, folder) {
		s.unsynced = append(s.unsynced, folder)
	}
}

// openShelf opens the folders of a kind. A directory that does not exist reads
// as an empty one.
func (h *Handler) openShelf(root *os.Root, k kind) (*shelf, error) {
	s := &shelf{kind: k, root: root, log: h.log, facts: &h.facts}
	var err error
	if s.folders, err = openIfThere(root, k.folder()); err != nil {
		return nil, err
	}
	if s.private, err = openIfThere(root, privateFolder); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.readMove(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func openIfThere(root *os.Root, name string) (*os.Root, error) {
	opened, err := root.OpenRoot(name)
	return opened, ignoreMissing(err)
}

func (s *shelf) close() error {
	var errs []error
	for _, each := range []*os.Root{s.folders, s.private} {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	return errors.Join(append(errs, s.closeOpened())...)
}

// closeOpened closes what openOnce has opened. The folders may be others by now.
func (s *shelf) closeOpened() error {
	var errs []error
	for _, each := range s.opened {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	s.opened = nil
	return errors.Join(errs...)
}

func (s *shelf) readMove() error {
	s.moving = nil
	if s.private == nil {
		return nil
	}
	var m move
	switch err := readSmallJSON(s.private, movingFile(s.kind), &m); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", movingFile(s.kind), err)
	}
	// It becomes part of paths.
	if !validName(m.To) || m.From == "" || strings.ContainsAny(m.From, `/\`) {
		return fmt.Errorf("%s names no folders", movingFile(s.kind))
	}
	s.moving = &m
	return nil
}

// names are the folders of this kind, sorted, spelled as on disk.
func (s *shelf) names() ([]string, error) {
	if s.folders == nil {
		return nil, nil
	}
	dir, err := s.folders.Open(".")
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

// leadsToFolder follows a link as far as the storage directory goes.
func (s *shelf) leadsToFolder(link string) bool {
	info, err := s.folders.Stat(link)
	return err == nil && info.IsDir()
}

// load reads what is known of a folder. fs.ErrNotExist when it is gone.
func (s *shelf) load(folder string) (*storage, error) {
	if s.folders == nil {
		return nil, fs.ErrNotExist
	}
	info, err := s.folders.Stat(folder)
	if err != nil {
		return nil, err
	}
	found := &storage{kind: s.kind, folder: folder, access: defaultAccess, modified: info.ModTime()}
	described := s.readMetadata(folder)
	remembered := s.readState(folder)
	found.metadataID, found.shared = described.ID, described.HadMultipleClients || described.HadMultipleClientsPython

	named := !isUUID(folder) && !looksLikeID(folder)
	if described.ID != "" {
		named = described.Name != nil && *described.Name != ""
	}
	if remembered.Named != nil {
		named = *remembered.Named
	}
	if named {
		found.name = folder
	}
	switch {
	case remembered.ID != "":
		found.id = remembered.ID
	case validID(described.ID):
		found.id = described.ID
	case looksLikeID(folder):
		found.id = folder
	default:
		found.id = derivedID(s.kind, folder)
	}
	if remembered.GeneralAccess != "" {
		found.access = remembered.GeneralAccess
	}
	found.schema, found.dated = remembered.Schema, !remembered.CreatedAt.IsZero()
	found.created = firstTime(remembered.CreatedAt, described.created(), s.oldest(folder, info.ModTime()))
	found.modified = latest(info.ModTime(), remembered.ModifiedAt, described.modified())
	found.accessed = latest(found.modified, described.accessed())
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

// oldest is the best guess at when a folder that does not say so was created:
// a dataset's first item tells, since items do not change.
func (s *shelf) oldest(folder string, modified time.Time) time.Time {
	if s.kind != datasets {
		return modified
	}
	info, err := s.folders.Lstat(folder + "/" + itemName(1))
	if err != nil || info.ModTime().After(modified) {
		return modified
	}
	return info.ModTime()
}

// readMetadata reads the SDK's file. One that cannot be read, say because an
// SDK is writing it, is like none.
func (s *shelf) readMetadata(folder string) metadata {
	m, err := s.facts.metadata.read(s.folders, folder+"/"+metadataFile)
	if err == nil {
		return m
	}
	if !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("metadata file ignored", "kind", s.kind.String(), "folder", folder, "error", err)
	}
	return metadata{}
}

func (s *shelf) readState(folder string) state {
	if s.moving != nil && s.moving.To == folder && !s.has(s.moving.From) {
		return s.moving.State
	}
	if s.private == nil {
		return state{}
	}
	st, err := s.facts.states.read(s.private, stateFile(s.kind, folder))
	if err == nil && validID(st.ID) {
		return st
	}
	if !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("state file ignored", "kind", s.kind.String(), "folder", folder, "error", err)
	}
	return state{}
}

func (s *shelf) has(folder string) bool {
	if s.folders == nil {
		return false
	}
	_, err := s.folders.Lstat(folder)
	return err == nil
}

// factsCache holds what the small files say that describe storages.
type factsCache struct {
	metadata fileCache[metadata]
	states   fileCache[state]
}

func (c *factsCache) clear() {
	c.metadata.clear()
	c.states.clear()
}

// fileCache holds small JSON files, decoded, for as long as they are the same.
type fileCache[T any] struct {
	mutex sync.Mutex
	files map[string]cachedFile[T]
}

type cachedFile[T any] struct {
	info  fs.FileInfo
	value T
}

// read decodes a file below root, unless it is known. Values are shared.
func (c *fileCache[T]) read(root *os.Root, name string) (value T, err error) {
	info, err := root.Stat(name)
	if err != nil {
		return value, err
	}
	key := root.Name() + "/" + name
	c.mutex.Lock()
	known, ok := c.files[key]
	c.mutex.Unlock()
	if ok && os.SameFile(known.info, info) && known.info.Size() == info.Size() && known.info.ModTime().Equal(info.ModTime()) {
		return known.value, nil
	}
	if err := readSmallJSON(root, name, &value); err != nil {
		return value, err
	}
	if racy(info) {
		return value, nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.files == nil || len(c.files) >= maxKnownFolders {
		c.files = map[string]cachedFile[T]{}
	}
	c.files[key] = cachedFile[T]{info, value}
	return value, nil
}

func (c *fileCache[T]) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.files = nil
}

// folderCache remembers which folder an ID led to, so that every page of a long
// read need not look at all folders. What it says is checked before it is used.
type folderCache struct {
	mutex   sync.Mutex
	folders map[reference]string
}

const maxKnownFolders = 10_000

func (c *folderCache) get(ref reference) (string, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	folder, ok := c.folders[ref]
	return folder, ok
}

func (c *folderCache) put(ref reference, folder string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.folders == nil || len(c.folders) >= maxKnownFolders {
		c.folders = map[reference]string{}
	}
	c.folders[ref] = folder
}

func (c *folderCache) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.folders = nil
}
