package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// maxIndexes bounds the indexes that are kept.
const maxIndexes = 2000

func newIndex() *itemIndex { return &itemIndex{} }

// itemNumbers are the items of a dataset's folder that readers see.
func (h *Handler) itemNumbers(s *directory.Collection, folder string) (*numbers, error) {
	return visible(s, folder, func() (*numbers, error) {
		index := h.indexes.Of(folder, newIndex)
		numbers, err := index.read(s.Folders, folder)
		for _, what := range index.leftOut() {
			s.Warn("an item of the dataset "+folder+" is left out", what)
		}
		return numbers, err
	})
}

// itemIndex is what a folder held when it was looked at.
type itemIndex struct {
	mutex   sync.Mutex
	numbers *numbers
	seen    fs.FileInfo   // of the folder, before it was read
	racy    bool          // it had changed too recently for its time to tell of more changes
	scanned time.Time     // when the whole folder was read
	took    time.Duration // reading it
	guessed bool          // items were added since without reading the folder
	grown   bool          // by ourselves, since seen
	ignored []error       // what is called like an item and is none, up to maxIgnored
	more    int           // ignored besides
	hidden  int64         // a push is placing its items from this number on; 0: none
}

// read returns the numbers as of now. The folder is read again when its time
// changed; but as long as it grows at its end, and was read not long ago, only
// the new items are looked for, so that a million items are not listed for
// every page of an export.
func (x *itemIndex) read(folders *os.Root, folder string) (*numbers, error) {
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
	recent := time.Since(x.scanned) < atomicfile.RescanShare*x.took
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
	x.seen, x.racy, x.grown = info, atomicfile.Racy(info), false
}

// scan reads the whole folder, names and types only.
func (x *itemIndex) scan(folders *os.Root, folder string, info fs.FileInfo) (*numbers, error) {
	start := time.Now()
	x.note(info)
	x.ignored, x.more = nil, 0
	dir, err := atomicfile.OpenListing(folders, folder)
	if err != nil {
		return nil, err
	}
	var usual []int64
	odd := map[int64]string{}
	for err == nil {
		var files []fs.DirEntry
		files, err = dir.ReadDir(4096)
		for _, file := range files {
			n, ok := itemNumber(file.Name())
			switch {
			case !ok || file.IsDir(): // folders are no items, as to the SDKs
			case !file.Type().IsRegular():
				x.ignore(&atomicfile.IrregularError{Name: file.Name(), Mode: file.Type()})
			case file.Name() == itemName(n):
				usual = append(usual, n)
			case odd[n] != "":
				x.ignore(fmt.Errorf("%s and %s have the same number", file.Name(), odd[n]))
			default:
				odd[n] = file.Name()
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	x.numbers = x.numbersOf(usual, odd)
	x.scanned, x.took, x.guessed = time.Now(), time.Since(start), false
	return x.numbers, nil
}

// numbersOf puts together the items that are called as the SDKs call them, and
// those that are not, which count where the number has no other file.
func (x *itemIndex) numbersOf(usual []int64, odd map[int64]string) *numbers {
	slices.Sort(usual)
	for n, name := range odd {
		if _, twice := slices.BinarySearch(usual, n); twice {
			x.ignore(fmt.Errorf("%s and %s have the same number", name, itemName(n)))
			delete(odd, n)
		}
	}
	return (&numbers{names: odd}).with(usual).with(slices.Sorted(maps.Keys(odd)))
}

// maxIgnored is how many files are named that are ignored.
const maxIgnored = 20

func (x *itemIndex) ignore(what error) {
	if len(x.ignored) < maxIgnored {
		x.ignored = append(x.ignored, what)
	} else {
		x.more++
	}
}

// probe looks for items behind the last one.
func (x *itemIndex) probe(folders *os.Root, folder string) (bool, error) {
	var added []int64
	for n := x.numbers.last() + 1; ; n++ {
		info, err := folders.Lstat(folder + "/" + itemName(n))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return false, err
		}
		if !info.Mode().IsRegular() {
			return false, nil
		}
		added = append(added, n)
	}
	if added != nil {
		x.numbers = x.numbers.with(added)
	}
	return added != nil, nil
}

// leftOut is what the last look at the whole folder has ignored.
func (x *itemIndex) leftOut() []error {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if x.more > 0 {
		return append(slices.Clone(x.ignored), fmt.Errorf("and %d more", x.more))
	}
	return x.ignored
}

// forget has the folder read again.
func (x *itemIndex) forget() {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.numbers = nil
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
	if x.numbers != nil {
		x.numbers, x.grown = x.numbers.with(numbers), true
	}
}
