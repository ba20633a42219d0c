package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// testSettle is above what clocks of file systems tick by.
const testSettle = 60 * time.Millisecond

// newPackingSite is newSite with packs that are written soon.
func newPackingSite(t *testing.T, dir string) *site {
	t.Helper()
	s := newSite(t, dir)
	files, err := openItemFiles(openRoot(t, dir), ".")
	if err != nil {
		t.Fatal(err)
	}
	if !files.tellsChanges() {
		t.Skip("there are no packs on this file system")
	}
	if err := files.close(); err != nil {
		t.Fatal(err)
	}
	s.handler.packer.start(testSettle)
	return s
}

func openRoot(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return root
}

// packNow writes the packs of a dataset, whether somebody wants them or not.
func (s *site) packNow(folder string, last int64) {
	s.t.Helper()
	time.Sleep(testSettle + 10*time.Millisecond)
	s.agePacks(folder)
	w := &packWriter{handler: s.handler, buffer: make([]byte, maxPackedFile+1)}
	for pack := range last/packedItems + 1 {
		if _, err := w.write(packJob{packID: packID{folder, pack}, tries: packTries}); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) packs(folder string) []string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.dir, privateFolder, filepath.FromSlash(packFolder(folder)), "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// agePacks has packs look as if they could be written anew.
func (s *site) agePacks(folder string) {
	s.t.Helper()
	old := time.Now().Add(-2 * packPause)
	for _, name := range s.packs(folder) {
		if err := os.Chtimes(name, old, old); err != nil {
			s.t.Fatal(err)
		}
	}
}

// packed is how many items up to a number would come from packs now.
func (s *site) packed(folder string, last int64) (count int) {
	s.t.Helper()
	err := s.handler.read(datasets, func(shelf *shelf) error {
		reader, err := s.handler.newItemReader(shelf, folder, &transformation{})
		if err != nil {
			return err
		}
		var view packView
		for n := int64(1); n <= last; n++ {
			if !view.holds(n) {
				view.aim(reader.packs, []int64{n, min(last, n|(packedItems-1))})
			}
			if text, _ := view.text(reader.files, n, itemName(n)); text != nil {
				count++
			}
		}
		return reader.close()
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return count
}

// stored reads a dataset's item files without any of our code.
func stored(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "0") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var item bytes.Buffer
		if err := json.Compact(&item, bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))); err != nil {
			t.Fatal(err)
		}
		items = append(items, item.String())
	}
	return items
}

func (s *site) wantStored(name string) {
	s.t.Helper()
	items := stored(s.t, filepath.Join(s.dir, "datasets", name))
	want := "[" + strings.Join(items, ",") + "]"
	if got := s.want(200, "GET", "/datasets/~"+name+"/items", ""); got.body != want {
		s.t.Fatalf("%s", firstDifference(got.body, want))
	}
	slices.Reverse(items)
	skip := len(items) / 3
	want = strings.Join(append(items[skip:], ""), "\n")
	got := s.want(200, "GET", fmt.Sprintf("/datasets/~%s/items?desc=1&format=jsonl&offset=%d", name, skip), "")
	if got.body != want {
		s.t.Fatalf("falling: %s", firstDifference(got.body, want))
	}
}

func firstDifference(got, want string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	around := func(text string) string { return text[max(0, at-40):min(len(text), at+60)] }
	return fmt.Sprintf("at byte %d of %d and %d: got %q, want %q", at, len(got), len(want), around(got), around(want))
}

func someItem(r *rand.Rand) string {
	length := r.IntN(300)
	if r.IntN(20) == 0 {
		length = maxPackedText - 60 + r.IntN(120)
	}
	return fmt.Sprintf(`{"n":%d,"text":"%s","list":[1.0,{"ä":null}]}`, r.IntN(1e6), strings.Repeat("x", length))
}

// Whatever happens to a dataset, to its files by hand, and to its packs: what
// is read is what the files say.
func TestPacksNeverLie(t *testing.T) {
	s := newPackingSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	for seed := range uint64(2) {
		runPackChanges(s, rand.New(rand.NewPCG(7, seed)))
	}
}

func runPackChanges(s *site, r *rand.Rand) {
	t := s.t
	folder := filepath.Join(s.dir, "datasets", "d")
	push := func(count int) {
		items := make([]string, count)
		for i := range items {
			items[i] = someItem(r)
		}
		s.want(201, "POST", "/datasets/~d/items", "["+strings.Join(items, ",")+"]")
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	some := func(pattern string) string {
		found, err := filepath.Glob(pattern)
		check(err)
		if len(found) == 0 {
			return ""
		}
		return found[r.IntN(len(found))]
	}
	last := func() int64 {
		found, err := filepath.Glob(filepath.Join(folder, "0*"))
		check(err)
		n, _ := itemNumber(filepath.Base(found[len(found)-1]))
		return n
	}
	push(700)
	push(700)
	s.packNow("d", last())
	if count := s.packed("d", last()); count < 1000 {
		t.Fatalf("%d items are packed", count)
	}
	s.wantStored("d")
	inPlace := func(keepTime bool) {
		name := some(filepath.Join(folder, "0*"))
		text, err := os.ReadFile(name)
		check(err)
		info, err := os.Stat(name)
		check(err)
		check(os.WriteFile(name, bytes.ReplaceAll(text, []byte("x"), []byte("y")), 0o600))
		if keepTime {
			check(os.Chtimes(name, time.Time{}, info.ModTime()))
		}
	}
	damage := func() {
		name := some(filepath.Join(s.dir, privateFolder, filepath.FromSlash(packFolder("d")), "*"))
		if name == "" {
			return
		}
		text, err := os.ReadFile(name)
		check(err)
		switch r.IntN(4) {
		case 0:
			text = text[:r.IntN(len(text))]
		case 1:
			for range 200 {
				text[r.IntN(len(text))] ^= 1 << r.IntN(8)
			}
		case 2:
			other, err := os.ReadFile(some(filepath.Join(filepath.Dir(name), "*")))
			check(err)
			text = other
		case 3:
			copy(text[textsBegin:], text[textsBegin+r.IntN(len(text)-textsBegin+1):])
		}
		check(os.WriteFile(name, text, 0o600))
	}
	for range 40 {
		switch r.IntN(12) {
		case 0:
			push(1 + r.IntN(40))
		case 1:
			inPlace(false)
		case 2:
			inPlace(true)
		case 3: // as an editor does it
			name := some(filepath.Join(folder, "0*"))
			check(os.WriteFile(name+".new", []byte(someItem(r)), 0o600))
			check(os.Rename(name+".new", name))
		case 4:
			check(os.Remove(some(filepath.Join(folder, "0*"))))
		case 5: // as an SDK does it
			check(os.WriteFile(filepath.Join(folder, itemName(last()+1)), []byte("\xef\xbb\xbf "+someItem(r)+"\n"), 0o600))
		case 6: // two items change places
			a, b := some(filepath.Join(folder, "0*")), some(filepath.Join(folder, "0*"))
			check(os.Rename(a, filepath.Join(s.dir, "aside")))
			check(ignoreMissing(os.Rename(b, a)))
			check(os.Rename(filepath.Join(s.dir, "aside"), b))
		case 7: // an item that is a link into the same folder
			name, target := some(filepath.Join(folder, "0*")), some(filepath.Join(folder, "0*"))
			if info, err := os.Lstat(target); err == nil && info.Mode().IsRegular() && name != target {
				check(os.Remove(name))
				check(os.Symlink(filepath.Base(target), name))
			}
		case 8:
			damage()
		case 9:
			s.packNow("d", last())
		case 10:
			s.want(200, "PUT", "/datasets/~d", `{"name":"e"}`)
			s.want(200, "PUT", "/datasets/~e", `{"name":"d"}`)
		case 11: // a server that has not been told
			s.handler.indexes.clear()
		}
		dropBroken(t, folder)
		s.wantStored("d")
	}
	s.packNow("d", last())
	s.wantStored("d")
}

// dropBroken removes links whose targets are gone, or that lead in circles.
func dropBroken(t *testing.T, folder string) {
	t.Helper()
	for dropped := true; dropped; {
		dropped = false
		found, err := filepath.Glob(filepath.Join(folder, "0*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			if _, err := os.Stat(name); err != nil {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
				dropped = true
			}
		}
	}
}

// An item that is written again with the same size, and given its old time back,
// is read anew.
func TestPackedItemIsEdited(t *testing.T) {
	s := newPackingSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	s.want(201, "POST", "/datasets/~d/items", numbersFrom(1000, 100))
	s.packNow("d", 100)
	if count := s.packed("d", 100); count != 100 {
		t.Fatalf("%d items are packed", count)
	}
	name := filepath.Join(s.dir, "datasets", "d", itemName(50))
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	edited := "{\n\t\"n\": 4711\n}"
	if int64(len(edited)) != info.Size() {
		t.Fatalf("%d bytes, the item had %d", len(edited), info.Size())
	}
	writeFile(t, name, edited)
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := s.want(200, "GET", "/datasets/~d/items?offset=49&limit=1", ""); got.body != `[{"n":4711}]` {
		t.Errorf("%s", got.body)
	}
	if count := s.packed("d", 100); count != 99 {
		t.Errorf("%d items are packed", count)
	}
}

// A server packs what was pushed through it, and what is read, in the background.
func TestPacksAreWritten(t *testing.T) {
	for name, use := range map[string]func(*site){
		"pushed": func(s *site) { s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 1100)) },
		"read": func(s *site) {
			for n := range 1100 {
				writeFile(s.t, filepath.Join(s.dir, "datasets", "d", itemName(int64(n+1))), fmt.Sprintf(`{"n":%d}`, n))
			}
			s.want(200, "GET", "/datasets/~d/items", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPackingSite(t, t.TempDir())
			s.want(201, "POST", "/datasets?name=d", "")
			use(s)
			first := filepath.Join(s.dir, privateFolder, filepath.FromSlash(packFolder("d")), "0")
			for {
				if _, err := os.Stat(first); err == nil {
					break
				}
				select {
				case <-time.After(testSettle):
				case <-t.Context().Done():
					t.Fatal("no pack")
				}
			}
			if count := s.packed("d", packedItems-1); count != packedItems-1 {
				t.Errorf("%d items are packed", count)
			}
			s.wantStored("d")
		})
	}
}

// Who did not ask for packs gets none.
func TestReadingPacksNothing(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 1100))
	before := snapshot(t, s.dir)
	s.want(200, "GET", "/datasets/~d/items", "")
	if err := s.handler.Close(); err != nil {
		t.Fatal(err)
	}
	after := snapshot(t, s.dir)
	if len(before) != len(after) || len(s.packs("d")) > 0 {
		t.Errorf("%d files, %d before; packs: %v", len(after), len(before), s.packs("d"))
	}
}

// Items that are large, or changed just now, are left out; and where too little
// is left there is no pack.
func TestWhatIsNotPacked(t *testing.T) {
	s := newPackingSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	large := `{"x":"` + strings.Repeat("x", maxPackedText) + `"}`
	s.want(201, "POST", "/datasets/~d/items", "["+strings.Repeat(large+",", 40)+`{"n":0}]`)
	s.packNow("d", 41)
	if packs := s.packs("d"); len(packs) > 0 {
		t.Errorf("%v", packs)
	}
	s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 40))
	s.packNow("d", 81)
	if count := s.packed("d", 81); count != 41 {
		t.Errorf("%d items are packed", count)
	}
	s.handler.packer.settle = time.Hour
	s.agePacks("d")
	w := &packWriter{handler: s.handler, buffer: make([]byte, maxPackedFile+1)}
	s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 40))
	if fresh, err := w.write(packJob{packID: packID{"d", 0}}); !fresh || err != nil {
		t.Errorf("%t, %v", fresh, err)
	}
	s.wantStored("d")
}

// Packs go with their dataset, also when it is deleted by hand.
func TestPacksGo(t *testing.T) {
	s := newPackingSite(t, t.TempDir())
	fill := func(name string) {
		s.want(201, "POST", "/datasets?name="+name, "")
		s.want(201, "POST", "/datasets/~"+name+"/items", numbersFrom(0, 50))
		s.packNow(name, 50)
		if len(s.packs(name)) != 1 {
			t.Fatalf("%s: %v", name, s.packs(name))
		}
	}
	fill("d")
	s.want(200, "PUT", "/datasets/~d", `{"name":"e"}`)
	if len(s.packs("d")) != 0 || s.packed("e", 50) != 50 {
		t.Errorf("%v, %d", s.packs("d"), s.packed("e", 50))
	}
	s.want(204, "DELETE", "/datasets/~e", "")
	if _, err := os.Stat(filepath.Join(s.dir, privateFolder, filepath.FromSlash(packFolder("e")))); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	fill("f")
	if err := os.RemoveAll(filepath.Join(s.dir, "datasets", "f")); err != nil {
		t.Fatal(err)
	}
	fill("g")
	if err := s.handler.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.packs("f")) != 0 || len(s.packs("g")) != 1 {
		t.Errorf("%v, %v", s.packs("f"), s.packs("g"))
	}
}

// A pack that cannot be written is said once, and fails nobody.
func TestPacksThatCannotBeWritten(t *testing.T) {
	s := newPackingSite(t, t.TempDir())
	var log lockedBuffer
	s.handler.log = slog.New(slog.NewTextHandler(&log, nil))
	writeFile(t, filepath.Join(s.dir, privateFolder, filepath.FromSlash(packFolder("d"))), "in the way")
	s.want(201, "POST", "/datasets?name=d", "")
	s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 2100))
	for log.String() == "" {
		s.want(200, "GET", "/datasets/~d/items", "")
		time.Sleep(testSettle)
	}
	s.wantStored("d")
	if err := s.handler.Close(); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "items were not packed") != 1 {
		t.Errorf("%s", got)
	}
	s.want(204, "DELETE", "/datasets/~d", "")
	if _, err := os.Stat(filepath.Join(s.dir, privateFolder, filepath.FromSlash(packFolder("d")))); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

type lockedBuffer struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// Whatever is in a pack's place, a text that comes from it is the file's.
func FuzzPackView(f *testing.F) {
	dir := f.TempDir()
	const items = 40
	for n := range int64(items) {
		writeFile(f, filepath.Join(dir, "files", itemName(n+1)), fmt.Sprintf(`{"n":%d}`, n+1))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		f.Fatal(err)
	}
	files, err := openItemFiles(root, "files")
	if err != nil {
		f.Fatal(err)
	}
	if !files.tellsChanges() {
		f.Skip("there are no packs on this file system")
	}
	f.Cleanup(func() {
		if err := errors.Join(files.close(), root.Close()); err != nil {
			f.Error(err)
		}
	})
	var good packBuilder
	good.reset()
	for n := int64(1); n <= items; n++ {
		stamp, _ := files.stamp(itemName(n))
		good.add(n, stamp, fmt.Appendf(nil, `{"n":%d}`, n))
	}
	f.Add(uint16(0), []byte{}, false)
	f.Add(uint16(2*entryBytes+32), []byte{0xff, 0xff, 0xff, 0xff}, false)
	f.Add(uint16(2*entryBytes+36), []byte{0xff, 0xff}, true)
	f.Add(uint16(textsBegin), []byte("{}"), false)
	f.Fuzz(func(t *testing.T, at uint16, change []byte, cut bool) {
		pack := slices.Clone(good.text)
		copy(pack[min(int(at), len(pack)):], change)
		if cut {
			pack = pack[:min(int(at), len(pack))]
		}
		writeFile(t, filepath.Join(dir, "0"), string(pack))
		var view packView
		view.aim(root, []int64{1, 2, items})
		hits := 0
		for n := int64(1); n <= items; n++ {
			text, _ := view.text(files, n, itemName(n))
			if text == nil {
				continue
			}
			if hits++; string(text) != fmt.Sprintf(`{"n":%d}`, n) {
				t.Errorf("item %d: %s", n, text)
			}
		}
		if bytes.Equal(pack, good.text) && hits != items {
			t.Errorf("%d items of a good pack", hits)
		}
	})
}

// Items are edited in place while they are packed and read: what had been
// written when a read began is what it gets, or something later.
func TestEditsShowAtOnce(t *testing.T) {
	s := newPackingSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	s.want(201, "POST", "/datasets/~d/items", "["+strings.Repeat(`{"version":1000000},`, 1199)+`{"version":1000000}]`)
	const edited = 20 // of 1200: the others are to be found in packs
	var versions [edited]atomic.Int64
	number := func(i int) int64 { return int64(1 + i*53) }
	var editors sync.WaitGroup
	stop := make(chan struct{})
	for i := range versions {
		versions[i].Store(1_000_000)
		editors.Go(func() {
			if err := editInPlace(filepath.Join(s.dir, "datasets", "d", itemName(number(i))), &versions[i], stop); err != nil {
				t.Error(err)
			}
		})
	}
	fromPacks := 0
	for round := range 60 {
		if round%6 == 0 {
			s.packNow("d", 1200)
			fromPacks += s.packed("d", 1200)
		}
		var before [edited]int64
		for i := range versions {
			before[i] = versions[i].Load()
		}
		var items []struct{ Version int64 }
		if err := json.Unmarshal([]byte(s.want(200, "GET", "/datasets/~d/items", "").body), &items); err != nil {
			t.Fatal(err)
		}
		for i := range versions {
			if got := items[number(i)-1].Version; got < before[i] {
				t.Errorf("item %d: version %d, which was %d before", number(i), got, before[i])
			}
		}
		time.Sleep(time.Millisecond)
	}
	close(stop)
	editors.Wait()
	if fromPacks < 10*1100 {
		t.Errorf("%d items in packs, of 12,000", fromPacks)
	}
	s.packNow("d", 1200)
	s.wantStored("d")
}

// editInPlace counts an item's version up, with breaks in which it can be packed,
// and notes each one that has been written.
func editInPlace(name string, version *atomic.Int64, stop chan struct{}) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for next := version.Load() + 1; ; next++ {
		if _, err := file.WriteAt(strconv.AppendInt(nil, next, 10), int64(len("{\n\t\"version\": "))); err != nil {
			return errors.Join(err, file.Close())
		}
		version.Store(next)
		wait := time.Duration(0)
		if next%10 == 0 {
			wait = time.Duration(rand.Int64N(int64(3 * testSettle)))
		}
		select {
		case <-stop:
			return file.Close()
		case <-time.After(wait):
		}
	}
}
