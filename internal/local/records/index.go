package records

import (
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// entry is where a key's value is. Some 100 bytes a record with their names and
// their place in the tree.
type entry struct {
	key, file string
	described bool // a metadata file is beside it
	named     bool // that one is named by the key and says where the value is
	hidden    bool // the file is in the folder of values
}

// place is the folder of an entry's value.
func (e entry) place() durable.Place {
	if e.hidden {
		return valuesFolder
	}
	return ownFolder
}

// index is what a store's folder held when it was looked at.
type index struct {
	mutex sync.Mutex
	contents
	size    atomic.Int64 // how many records, for indexes as well
	seen    [2]fs.FileInfo
	scanned time.Time
	took    time.Duration
	touched time.Time // when the times in the metadata file were set
	unsure  bool      // the folder may have changed since without its time telling
}

// contents is what a scan finds.
type contents struct {
	style   recordStyle
	camel   bool                 // how new metadata is spelt: see recordStyleOf
	entries *btree.BTreeG[entry] // by key
	sharing bool                 // keys may share files: see makeRoom
	older   map[string][]entry   // further files of a key, which do not count
	others  []other              // what is there and no record
}

// other is something in a store's folders that is no record.
type other struct {
	key, name string // what the key would be
	err       error  // why
	hidden    bool
}

// maxStores bounds how many stores are remembered, maxKnownRecords how much is
// known of all of them but the one in use; some 100 MB.
const (
	maxStores       = 2000
	maxKnownRecords = 1_000_000
)

// index is that of a store, by its folder.
func (h *Handler) index(folder string) *index {
	known, ok := h.indexes.Get(folder)
	if ok {
		return known
	}
	var sum int64
	for _, each := range h.indexes.All() {
		sum += each.size.Load()
	}
	if sum > maxKnownRecords {
		h.indexes.Clear()
	}
	return h.indexes.Of(folder, func() *index { return &index{} })
}

// lookup finds a record. Where the index may be old and has none, the folder is
// read again. No record is errNoRecord.
func (s *store) lookup(key string) (entry, recordStyle, error) {
	x := s.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if err := s.refresh(false); err != nil {
		return entry{}, 0, err
	}
	found, ok, err := s.find(key)
	if ok {
		s.sayOlder(key)
	}
	if err != nil || ok {
		return found, x.style, err
	}
	return entry{}, 0, s.notFound(key)
}

// notFound says why a key has no record. What is there and no file is none; a
// value of ours that cannot be told any more is another matter.
func (s *store) notFound(key string) error {
	for _, each := range s.index.others {
		switch {
		case each.hidden && each.name == directory.HashedName(key):
			return each.err
		case !each.hidden && each.key == key:
			s.warn("left out", each.err)
		}
	}
	return errNoRecord
}

// find looks a key up in the index, whose mutex is held. Where the index may be
// old and has none, the folder is read again.
func (s *store) find(key string) (found entry, ok bool, err error) {
	found, ok = s.index.get(key)
	if !ok && s.index.unsure {
		if err := s.refresh(true); err != nil {
			return entry{}, false, err
		}
		found, ok = s.index.get(key)
	}
	if !ok && key == inputKey {
		return s.index.input()
	}
	return found, ok, nil
}

// from returns records as of now, by key: those behind after that want lets in,
// limit of them and one more, if there is one. What is no record is said.
func (s *store) from(after string, limit int, want func(key string) bool) ([]entry, error) {
	x := s.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if err := s.refresh(x.unsure); err != nil {
		return nil, err
	}
	s.sayOthers()
	var page []entry
	x.entries.Ascend(entry{key: after}, func(each entry) bool {
		if each.key != after && want(each.key) {
			page = append(page, each)
		}
		return len(page) <= limit
	})
	return page, nil
}

func (x *index) get(key string) (entry, bool) { return x.entries.Get(entry{key: key}) }

// refresh reads the folder again when its time, or force, says so. The mutex is
// held.
func (s *store) refresh(force bool) error {
	x := s.index
	now, err := s.times()
	if err != nil {
		return err
	}
	if !force && unchanged(x.seen, now) {
		return nil
	}
	start := time.Now()
	if x.contents, err = s.scan(); err != nil {
		x.seen = [2]fs.FileInfo{}
		return err
	}
	x.seen = now
	x.size.Store(int64(x.entries.Len()))
	x.scanned, x.took = start, time.Since(start)
	x.unsure = start.Sub(now[0].ModTime()) < atomicfile.ClockTick || now[1] != nil && start.Sub(now[1].ModTime()) < atomicfile.ClockTick
	return nil
}

// times are the folders of values, which tell by their times whether records
// have come or gone.
func (s *store) times() (found [2]fs.FileInfo, err error) {
	if found[0], err = s.in.Folders.Stat(s.Folder); err != nil {
		return found, err
	}
	values, err := s.folder(valuesFolder)
	if err != nil || values == nil {
		return found, ignoreIrregular(err) // which a scan says
	}
	found[1], err = values.Stat(".")
	return found, err
}

func unchanged(a, b [2]fs.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
		if a[i] != nil && (!os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime())) {
			return false
		}
	}
	return true
}

// forget has the folder read again.
func (x *index) forget() {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.seen = [2]fs.FileInfo{}
}

// set notes a change of our own: entry instead of what key had, or nothing.
func (x *index) set(key string, e *entry) {
	delete(x.older, key)
	if e == nil {
		x.entries.Delete(entry{key: key})
	} else {
		kept := *e
		if strings.HasPrefix(kept.file, kept.key) {
			kept.key = kept.file[:len(kept.key)] // one string in memory, not two
		}
		x.entries.Set(kept)
	}
	x.size.Store(int64(x.entries.Len()))
}
