package local

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"
)

// recordEntry is where a key's value is. Some 100 bytes a
// record with their names and their place in the tree.
type recordEntry struct {
	key, file string
	described bool // a metadata file is beside it
	hidden    bool // the file is in our own folder
}

// metadataName is the metadata file that goes with the entry.
func (e recordEntry) metadataName(style recordStyle) string {
	if style == stylePython {
		return e.file + recordMetadataSuffix
	}
	return e.key + recordMetadataSuffix
}

// recordIndex is what a store's folder held when it was looked at.
type recordIndex struct {
	mutex   sync.Mutex
	style   recordStyle
	size    atomic.Int64               // how many records, for them as well
	entries *btree.BTreeG[recordEntry] // by key
	sharing bool                       // keys may share files: see makeRoom
	seen    [2]fs.FileInfo
	scanned time.Time
	took    time.Duration
	touched time.Time      // when the times in the metadata file were set
	burst   int            // small values stored lately; the store's lock guards it
	burstAt time.Time      // when the last one was
	unsure  bool           // the folder may have changed since without its time telling
	settled folderIdentity // that the journal, if any, is of, and of this run of the machine
}

// recordIndexes keeps the indexes of stores, by folder.
type recordIndexes struct {
	lines   groupLines[*recordBatch]
	mutex   sync.Mutex
	indexes map[string]*recordIndex
}

func (c *recordIndexes) of(folder string) *recordIndex {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	index := c.indexes[folder]
	if index == nil {
		if c.indexes == nil || len(c.indexes) >= maxIndexes || c.known() > maxKnownRecords {
			c.indexes = map[string]*recordIndex{}
		}
		index = &recordIndex{}
		c.indexes[folder] = index
	}
	return index
}

// maxKnownRecords bounds what is known of all stores but the one in use; some
// 100 MB.
const maxKnownRecords = 1_000_000

// known is how many records the indexes hold.
func (c *recordIndexes) known() (sum int64) {
	for _, index := range c.indexes {
		sum += index.size.Load()
	}
	return sum
}

func (c *recordIndexes) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.indexes = nil
}

// hiddenFolder holds what a store's folder has no place for: values of keys
// that make no file name (in values), and media types that an ending does not
// tell (in types). It goes by the store's ID, which outlives a renaming.
func hiddenFolder(id string) string { return privateFolder + "/records/" + id }

const (
	valuesFolder = "values"
	typesFolder  = "types"
)

func hiddenValues(id string) string { return hiddenFolder(id) + "/" + valuesFolder }

// hidden opens a store's hidden folder, until the shelf is closed; nil where
// there is none, as there is for most.
func (s *shelf) hidden(store *storage) (*os.Root, error) {
	if s.private == nil {
		return nil, nil
	}
	return s.openOnce("hidden "+store.id, s.private, strings.TrimPrefix(hiddenFolder(store.id), privateFolder+"/"))
}

// makeHidden creates a folder in a store's hidden folder.
func (s *shelf) makeHidden(store *storage, name string) error {
	hidden, err := s.hidden(store)
	if err != nil {
		return err
	}
	if hidden != nil {
		if _, err := hidden.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	s.forget("hidden " + store.id)
	return makeFolders(s.root, hiddenFolder(store.id)+"/"+name)
}

// inside opens a storage's folder, until the shelf is closed: walking to it for
// every file takes longer than all the rest.
func (s *shelf) inside(found *storage) (*os.Root, error) {
	folder, err := s.openOnce("storage "+found.folder, s.folders, found.folder)
	if err == nil && folder == nil {
		err = fs.ErrNotExist
	}
	return folder, err
}

// whole fails with errJournalIsOver where values may have been lost with the
// machine that are in the journal.
func (x *recordIndex) whole(s *shelf, store *storage) error {
	if x.settled.ID == store.id {
		return nil
	}
	info, err := s.folders.Stat(store.folder)
	if err != nil {
		return err
	}
	over, err := journal{s.root, journalFile(keyValueStores, store.folder), identityOf(store, info)}.isOverOnce(&x.settled)
	if over {
		err = errJournalIsOver
	}
	return err
}

// lookup finds a record. Where the index may be old and has none, the folder is
// read again. No record is errNoRecord.
func (x *recordIndex) lookup(s *shelf, store *storage, key string) (entry recordEntry, style recordStyle, err error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if err := x.whole(s, store); err != nil {
		return recordEntry{}, 0, err
	}
	if err := x.refresh(s, store, false); err != nil {
		return recordEntry{}, 0, err
	}
	entry, ok := x.get(key)
	if !ok && x.unsure {
		if err := x.refresh(s, store, true); err != nil {
			return recordEntry{}, 0, err
		}
		entry, ok = x.get(key)
	}
	if !ok {
		return recordEntry{}, 0, errNoRecord
	}
	return entry, x.style, nil
}

// from returns records as of now, by key: those behind after that want lets in,
// limit of them and one more, if there is one.
func (x *recordIndex) from(s *shelf, store *storage, after string, limit int, want func(key string) bool) ([]recordEntry, error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if err := x.whole(s, store); err != nil {
		return nil, err
	}
	if err := x.refresh(s, store, x.unsure); err != nil {
		return nil, err
	}
	var page []recordEntry
	x.entries.Ascend(recordEntry{key: after}, func(entry recordEntry) bool {
		if entry.key != after && want(entry.key) {
			page = append(page, entry)
		}
		return len(page) <= limit
	})
	return page, nil
}

func (x *recordIndex) get(key string) (recordEntry, bool) {
	return x.entries.Get(recordEntry{key: key})
}

// refresh reads the folder again when its time, or force, says so.
func (x *recordIndex) refresh(s *shelf, store *storage, force bool) error {
	now, err := s.recordFolders(store)
	if err != nil {
		return err
	}
	if !force && unchanged(x.seen, now) {
		return nil
	}
	start := time.Now()
	style, entries, err := scanRecords(s, store)
	if err != nil {
		return err
	}
	x.style, x.seen, x.sharing = style, now, false
	x.entries = btree.NewBTreeGOptions(func(a, b recordEntry) bool { return a.key < b.key }, btree.Options{NoLocks: true})
	for _, entry := range entries {
		x.entries.Load(entry)
		x.sharing = x.sharing || entry.described && style == styleJavaScript
	}
	x.size.Store(int64(x.entries.Len()))
	x.scanned, x.took = start, time.Since(start)
	x.unsure = start.Sub(now[0].ModTime()) < clockTick || now[1] != nil && start.Sub(now[1].ModTime()) < clockTick
	return nil
}

// beforeChange is refresh for a writer, who holds the lock and does not read a
// folder that keeps growing over and over.
func (x *recordIndex) beforeChange(s *shelf, store *storage) error {
	return x.refresh(s, store, x.unsure && time.Since(x.scanned) > rescanShare*x.took+clockTick)
}

// set notes a change of our own: entry instead of what key had, or nothing.
func (x *recordIndex) set(key string, entry *recordEntry) {
	if entry == nil {
		x.entries.Delete(recordEntry{key: key})
	} else {
		kept := *entry
		if strings.HasPrefix(kept.file, kept.key) {
			kept.key = kept.file[:len(kept.key)] // one string in memory, not two
		}
		x.entries.Set(kept)
	}
	x.size.Store(int64(x.entries.Len()))
}

// looked notes that the folder is known as it is, after changes of our own.
func (x *recordIndex) looked(s *shelf, store *storage) error {
	now, err := s.recordFolders(store)
	if err != nil {
		return err
	}
	x.seen, x.unsure = now, true
	return nil
}
