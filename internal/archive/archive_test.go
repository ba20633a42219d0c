package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func hostileKeys() []string {
	return []string{
		".", "..", "...", "CON", "con", "Con.txt", "COM1", "lpt9.json", "nul", "a", "A", "INPUT", "input", "Input", "trailing.", "a:b", "a/b", `a\b`, "../../x",
		"/etc/passwd", "a b", "č", "č2", "a\x00b", "-rf", "__index__.jsonl", "__INDEX__.jsonl", "x~abc", strings.Repeat("k", 256), strings.Repeat("k", 255) + "K",
		strings.Repeat("č", 128), "", " ", "a.", "CONIN$",
	}
}

func checkNames(t *testing.T, keys []string) {
	t.Helper()
	names := NewNames(nil)
	owners := map[string]string{}
	for _, key := range keys {
		name := names.For(key)
		if again := names.For(key); again != name {
			t.Errorf("%q is %q, and then %q", key, name, again)
		}
		if owner, taken := owners[strings.ToLower(name)]; taken && owner != key {
			t.Errorf("%q and %q share %q", key, owner, name)
		}
		owners[strings.ToLower(name)] = key
		stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
		switch {
		case !filepath.IsLocal(name), strings.ContainsAny(name, "/\\:*?\"<>| \x00"), len(name) > 255, strings.HasSuffix(name, "."), name == "",
			slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}, stem), strings.EqualFold(name, IndexName):
			t.Errorf("%q is called %q", key, name)
		}
	}
}

func TestNames(t *testing.T) {
	checkNames(t, hostileKeys())
	reversed := hostileKeys()
	slices.Reverse(reversed)
	checkNames(t, reversed)
	for _, key := range []string{"INPUT", "photo.png", "a!b-c_d.e'f(g)", ".hidden"} {
		if got := NewNames(nil).For(key); got != key {
			t.Errorf("%q is called %q", key, got)
		}
	}
}

// Of keys that the API allows, those of letters, digits and !-_.'() are their own names, up to 180 characters.
func TestKeysThatAreNames(t *testing.T) {
	for r := rune(0); r < 0x180; r++ {
		if r == '~' {
			continue // no key of the API has it
		}
		key := "x" + string(r) + "x"
		want := r < 0x80 && regexp.MustCompile(`[0-9A-Za-z!\-_.'()]`).MatchString(string(r))
		if got := NewNames(nil).For(key); (got == key) != want {
			t.Errorf("%q is called %q", key, got)
		}
	}
	for key, want := range map[string]bool{"COM0": false, "lpt9.txt": false, "COM": true, "COM:": false, "COMA": true, "COM10": true, "XCOM1": true} {
		if got := NewNames(nil).For(key); (got == key) != want {
			t.Errorf("%q is called %q", key, got)
		}
	}
	for length, want := range map[int]bool{179: true, 180: true, 181: false, 250: false} {
		key := strings.Repeat("k", length)
		if got := NewNames(nil).For(key); (got == key) != want {
			t.Errorf("a key of %d characters has a name of %d", length, len(got))
		}
	}
}

// A name that an earlier export has made stays, if it can be one of ours.
func TestNamesOfAnEarlierExport(t *testing.T) {
	for length, want := range map[int]bool{20: true, 244: true, 245: true, 246: false} {
		file := "k~" + strings.Repeat("f", length-2)
		if got := NewNames([]Entry{{Key: "k/", File: file}}).For("k/"); (got == file) != want {
			t.Errorf("a name of %d characters became %q", length, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, key := range hostileKeys() {
		f.Add(key, strings.ToUpper(key))
	}
	f.Fuzz(func(t *testing.T, a, b string) { checkNames(t, []string{a, b, a + ".", strings.ToLower(a)}) })
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"key":"a","file":"../b"}` + "\n" + `{"key":"c","file":"d","size":1}` + "\n{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := readIndex(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !filepath.IsLocal(entry.File) || strings.ContainsAny(entry.File, `/\`) {
				t.Errorf("%q leads out of the folder", entry.File)
			}
		}
	})
}

func put(t *testing.T, f *Folder, key, value string) {
	t.Helper()
	_, err := f.Put(key, func(w io.Writer) (string, error) {
		_, err := io.WriteString(w, value)
		return "text/plain", err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func folderAt(t *testing.T, dir string, resume bool) *Folder {
	t.Helper()
	f, err := CreateFolder(dir, resume)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func keysIn(t *testing.T, path string) []string {
	t.Helper()
	source, err := OpenSource(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}()
	keys := []string{}
	for _, entry := range source.Entries {
		reader, err := source.Open(entry)
		if err != nil {
			t.Fatal(err)
		}
		value, err := io.ReadAll(reader)
		if err != nil || string(value) != "value of "+entry.Key {
			t.Errorf("%q is %q, %v", entry.Key, value, err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		keys = append(keys, entry.Key)
	}
	return keys
}

func TestFolderGoesOnAfterAnInterruption(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	first := folderAt(t, dir, false)
	put(t, first, "a", "value of a")
	put(t, first, "..", "value of ..")
	broken := errors.New("broken")
	if _, err := first.Put("b", func(io.Writer) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	// Killed: no Finish, a line cut off, a temporary file left.
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(dir, IndexName), `{"key":"cut`)
	appendTo(t, filepath.Join(dir, ".apifyctl-x.tmp"), "x")

	// Killed again: the line that was cut off spoils neither those before nor those behind it.
	again := folderAt(t, dir, true)
	put(t, again, "c", "value of c")
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	second := folderAt(t, dir, true)
	if !second.Done("a") || !second.Done("..") || !second.Done("c") || second.Done("b") {
		t.Error("what is done is not known")
	}
	put(t, second, "b", "value of b")
	if err := errors.Join(second.Finish(true), second.Close()); err != nil {
		t.Fatal(err)
	}
	if got := keysIn(t, dir); !slices.Equal(got, []string{"..", "a", "b", "c"}) {
		t.Errorf("got %q", got)
	}
	// A new export that is interrupted leaves the old one's files as not done.
	third := folderAt(t, dir, false)
	put(t, third, "a", "value of a")
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	fourth := folderAt(t, dir, true)
	if !fourth.Done("a") || fourth.Done("b") {
		t.Error("files of an older export count as done")
	}
	if err := errors.Join(fourth.Finish(true), fourth.Close()); err != nil {
		t.Fatal(err)
	}
	if got := keysIn(t, dir); !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %q", got)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("left: %v, %v", files, err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// A folder without an index has its files; one with an index has its checksums,
// but for files that have changed.
func TestFoldersOfFiles(t *testing.T) {
	sum := "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
	for name, test := range map[string]struct {
		index string
		want  []Entry
	}{
		"no index":       {"", []Entry{{Key: "a", File: "a", Size: 3}}},
		"an index":       {`{"key":"A","file":"a","contentType":"x/y","size":3,"sha256":"` + sum + `"}`, []Entry{{Key: "A", File: "a", ContentType: "x/y", Size: 3, SHA256: sum}}},
		"a changed file": {`{"key":"A","file":"a","contentType":"x/y","size":4,"sha256":"` + sum + `"}`, []Entry{{Key: "A", File: "a", ContentType: "x/y", Size: 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			appendTo(t, filepath.Join(dir, "a"), "foo")
			if test.index != "" {
				appendTo(t, filepath.Join(dir, IndexName), test.index+"\n")
			}
			source, err := OpenSource(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(source.Entries, test.want) {
				t.Errorf("got %+v, not %+v", source.Entries, test.want)
			}
			if err := source.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBombs(t *testing.T) {
	for name, test := range map[string]struct {
		plain, packed uint64
		want          bool
	}{
		"small, of nothing":       {maxPlain, 0, false},
		"large, of nothing":       {maxPlain + 1, 0, true},
		"large, well packed":      {maxPlain + maxRatio, maxPlain/maxRatio + 1, false},
		"large, packed too well":  {maxPlain + maxRatio, maxPlain / maxRatio, true},
		"large, just packed well": {200 * maxRatio << 20, 200 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isBomb(test.plain, test.packed); got != test.want {
				t.Errorf("%d bytes of %d: %v", test.plain, test.packed, got)
			}
		})
	}
}

// A file of an earlier export that stays where it should go is told.
func TestFileThatCannotBeRemoved(t *testing.T) {
	dir := t.TempDir()
	first := folderAt(t, dir, false)
	put(t, first, "a", "value of a")
	if err := errors.Join(first.Finish(true), first.Close()); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(dir, "a", "inside")
	if err := errors.Join(os.Remove(filepath.Dir(inside)), os.MkdirAll(inside, 0o700)); err != nil {
		t.Fatal(err)
	}
	second := folderAt(t, dir, false)
	if err := second.Finish(true); err == nil {
		t.Error("a folder in the place of a file that should go was passed over")
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestFoldersOfOthersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "mine"), "x")
	if _, err := CreateFolder(dir, false); err == nil {
		t.Error("a folder with other files was taken")
	}
	// Nor does an index that lies make others' files ours.
	appendTo(t, filepath.Join(dir, IndexName), `{"key":"a","file":"../outside"}`+"\n"+`{"key":"b","file":"mine"}`+"\n"+`{"key":"c","file":"mine"}`+"\n")
	f := folderAt(t, dir, false)
	put(t, f, "b", "value of b")
	if err := errors.Join(f.Finish(true), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got := keysIn(t, dir); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %q", got)
	}
}

func TestZip(t *testing.T) {
	var out bytes.Buffer
	w := NewZip(&out, time.Unix(1_700_000_000, 0))
	keys := []string{".", "..", "A", "CON", "a", strings.Repeat("k", 256)}
	for i, key := range keys {
		value := "value of " + key
		if err := w.Add(Entry{Key: key, Size: int64(len(value)), ContentType: fmt.Sprint("type/", i)}, i%2 == 0, strings.NewReader(value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "out.zip")
	appendTo(t, path, out.String())
	if got := keysIn(t, path); !slices.Equal(got, keys) {
		t.Errorf("got %q", got)
	}
}
