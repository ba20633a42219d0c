package records

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
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
	touched time.Time // when the times in the metadata file were set
	unsure  bool      // the folder may have changed since without its time telling
}

// recordIndexes keeps the indexes of stores, by folder.
type recordIndexes struct {
	lines   durable.Groups[directory.Ref, *recordBatch]
	mutex   sync.Mutex
	indexes map[string]*recordIndex
}

func (c *recordIndexes) of(folder string) *recordIndex {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	index := c.indexes[folder]
	if index == nil {
		if c.indexes == nil || len(c.indexes) >= maxStores || c.known() > maxKnownRecords {
			c.indexes = map[string]*recordIndex{}
		}
		index = &recordIndex{}
		c.indexes[folder] = index
	}
	return index
}

// maxStores bounds how many stores are remembered.
const maxStores = 2000

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
func hiddenFolder(id string) string { return durable.PrivateFolder + "/records/" + id }

const (
	valuesFolder = "values"
	typesFolder  = "types"
)

func hiddenValues(id string) string { return hiddenFolder(id) + "/" + valuesFolder }

// hidden opens a store's hidden folder, until the shelf is closed; nil where
// there is none, as there is for most.
func openHidden(s *directory.Collection, store *directory.Storage) (*os.Root, error) {
	if s.Private == nil {
		return nil, nil
	}
	return s.OpenOnce("hidden "+store.ID, s.Private, strings.TrimPrefix(hiddenFolder(store.ID), durable.PrivateFolder+"/"))
}

// makeHidden creates a folder in a store's hidden folder.
func makeHidden(s *directory.Collection, store *directory.Storage, name string) error {
	hidden, err := openHidden(s, store)
	if err != nil {
		return err
	}
	if hidden != nil {
		if _, err := hidden.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	s.Forget("hidden " + store.ID)
	return durable.MakeFolders(s.Root, hiddenFolder(store.ID)+"/"+name)
}

// lookup finds a record. Where the index may be old and has none, the folder is
// read again. No record is errNoRecord.
func (x *recordIndex) lookup(s *directory.Collection, store *directory.Storage, key string) (entry recordEntry, style recordStyle, err error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
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
func (x *recordIndex) from(s *directory.Collection, store *directory.Storage, after string, limit int, want func(key string) bool) ([]recordEntry, error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
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
func (x *recordIndex) refresh(s *directory.Collection, store *directory.Storage, force bool) error {
	now, err := recordFolders(s, store)
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
	x.unsure = start.Sub(now[0].ModTime()) < durable.ClockTick || now[1] != nil && start.Sub(now[1].ModTime()) < durable.ClockTick
	return nil
}

// beforeChange is refresh for a writer, who holds the lock and does not read a
// folder that keeps growing over and over.
func (x *recordIndex) beforeChange(s *directory.Collection, store *directory.Storage) error {
	return x.refresh(s, store, x.unsure && time.Since(x.scanned) > durable.RescanShare*x.took+durable.ClockTick)
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
func (x *recordIndex) looked(s *directory.Collection, store *directory.Storage) error {
	now, err := recordFolders(s, store)
	if err != nil {
		return err
	}
	x.seen, x.unsure = now, true
	return nil
}
