package dataset

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

const (
	itemSuffix = ".json"
	itemDigits = 9
	// maxItemDigits keeps a strange file name from being taken for a number.
	maxItemDigits = 15
)

// itemName is the file of an item, as the SDKs call it.
func itemName(number int64) string {
	var space [maxItemDigits + len(itemSuffix) + 4]byte
	digits := strconv.AppendInt(space[:0], number, 10)
	if missing := itemDigits - len(digits); missing > 0 {
		copy(space[missing:], digits)
		copy(space[:missing], "000000000")
		digits = space[:itemDigits]
	}
	return string(append(digits, itemSuffix...))
}

// itemNumber is the inverse of itemName. Other files are no items.
func itemNumber(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, itemSuffix)
	if !ok || len(digits) < itemDigits || len(digits) > maxItemDigits || len(digits) > itemDigits && digits[0] == '0' {
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(digits[i]-'0')
	}
	return n, n > 0
}

// indexCache keeps the item numbers of datasets, by folder.
type indexCache struct {
	mutex   sync.Mutex
	indexes map[string]*itemIndex
}

// maxIndexes bounds the cache: an index takes some 600 bytes at least, 130 KB
// for a million items.
const maxIndexes = 2000

func (c *indexCache) of(folder string) *itemIndex {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	index := c.indexes[folder]
	if index == nil {
		if c.indexes == nil || len(c.indexes) >= maxIndexes {
			c.indexes = map[string]*itemIndex{}
		}
		index = &itemIndex{}
		c.indexes[folder] = index
	}
	return index
}

func (c *indexCache) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.indexes = nil
}

// itemNumbers are the items of a dataset's folder that readers see.
func (h *Handler) itemNumbers(s *directory.Collection, folder string) (*bitmap, error) {
	return visible(s, folder, func() (*bitmap, error) { return h.indexes.of(folder).read(s.Folders, folder) })
}

// itemIndex is what a folder held when it was looked at.
type itemIndex struct {
	mutex   sync.Mutex
	numbers *bitmap
	seen    fs.FileInfo   // of the folder, before it was read
	racy    bool          // it had changed too recently for its time to tell of more changes
	scanned time.Time     // when the whole folder was read
	took    time.Duration // reading it
	guessed bool          // items were added since without reading the folder
	grown   bool          // by ourselves, since seen
	hidden  int64         // a push is placing its items from this number on; 0: none
}

// read returns the numbers as of now. The folder is read again when its time
// changed; but as long as it grows at its end, and was read not long ago, only
// the new items are looked for, so that a million items are not listed for
// every page of an export.
func (x *itemIndex) read(folders *os.Root, folder string) (*bitmap, error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	info, err := folders.Stat(folder)
	if err != nil {
		return nil, err
	}
	if x.numbers == nil || !os.SameFile(info, x.seen) {
		numbers, err := x.scan(folders, folder, info)
		if err != nil || x.hidden == 0 {
			return numbers, err
		}
		return numbers.below(x.hidden), nil
	}
	if x.hidden > 0 {
		return x.numbers.below(x.hidden), nil
	}
	recent := time.Since(x.scanned) < durable.RescanShare*x.took
	if info.ModTime().Equal(x.seen.ModTime()) && !x.racy && !x.grown && (recent || !x.guessed) {
		return x.numbers, nil
	}
	if !recent {
		return x.scan(folders, folder, info)
	}
	found, err := x.probe(folders, folder)
	if err != nil {
		return nil, err
	}
	if !found && !x.grown {
		return x.scan(folders, folder, info)
	}
	x.note(info)
	x.guessed = true
	return x.numbers, nil
}

func (x *itemIndex) note(info fs.FileInfo) {
	x.seen, x.racy, x.grown = info, durable.Racy(info), false
}

// scan reads the whole folder, names only.
func (x *itemIndex) scan(folders *os.Root, folder string, info fs.FileInfo) (*bitmap, error) {
	start := time.Now()
	x.note(info)
	dir, err := folders.Open(folder)
	if err != nil {
		return nil, err
	}
	var found bitmapBuilder
	for {
		names, err := dir.Readdirnames(4096)
		for _, name := range names {
			if n, ok := itemNumber(name); ok {
				found.add(n)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, dir.Close())
		}
	}
	if err := dir.Close(); err != nil {
		return nil, err
	}
	x.numbers = found.build()
	x.scanned, x.took, x.guessed = time.Now(), time.Since(start), false
	return x.numbers, nil
}

// probe looks for items behind the last one.
func (x *itemIndex) probe(folders *os.Root, folder string) (bool, error) {
	var added []int64
	for n := x.numbers.last() + 1; ; n++ {
		_, err := folders.Lstat(folder + "/" + itemName(n))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return false, err
		}
		added = append(added, n)
	}
	if added != nil {
		x.numbers = x.numbers.with(added)
	}
	return added != nil, nil
}

// hideFrom keeps items from a number on out of sight, while a push is placing
// them; 0 ends it.
func (x *itemIndex) hideFrom(number int64) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.hidden = number
}

// add notes items that we have put there.
func (x *itemIndex) add(numbers []int64) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if x.numbers != nil && len(numbers) > 0 {
		x.numbers, x.grown = x.numbers.with(numbers), true
	}
}
