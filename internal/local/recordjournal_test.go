package local

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// grouped is a value to be stored in a group; no type: the key is deleted.
type grouped struct{ key, contentType, text string }

// together has changes carried out as one group, whose journal nobody settles.
func (s *site) together(changes ...grouped) {
	s.t.Helper()
	if err := s.handler.keeper.close(); err != nil {
		s.t.Fatal(err)
	}
	var jobs []*groupJob[*recordBatch]
	for _, c := range changes {
		do := func(b *recordBatch) error { return b.remove(c.key) }
		if c.contentType != "" {
			do = func(b *recordBatch) error { return b.put(c.key, c.contentType, &newValue{text: []byte(c.text)}) }
		}
		jobs = append(jobs, &groupJob[*recordBatch]{do: do, done: make(chan struct{})})
	}
	begun := false
	if err := s.handler.changeRecordGroup(s.t.Context(), reference{kind: keyValueStores, name: "store"}, jobs, &begun); err != nil {
		s.t.Fatal(err)
	}
	for i, job := range jobs {
		if job.err != nil {
			s.t.Fatalf("%s: %v", changes[i].key, job.err)
		}
	}
}

const (
	plainText = "text/plain; charset=utf-8"
	jsonText  = "application/json; charset=utf-8"
	oddType   = "application/x-odd"
)

// storeJournal is the journal of the store, which must be there or not.
func storeJournal(t *testing.T, s *site, there bool) string {
	t.Helper()
	name := filepath.Join(s.dir, filepath.FromSlash(journalFile(keyValueStores, "store")))
	if _, err := os.Stat(name); (err == nil) != there {
		t.Fatalf("a journal there: %t, want %t", err == nil, there)
	}
	return name
}

func TestStoreAfterTheMachineDied(t *testing.T) {
	s, folder := newStore(t)
	long := strings.Repeat("k", 256)
	binary := "\x00\xff\xfe\n\"binary\""
	large := strings.Repeat("large ", 50_000)
	s.together(
		grouped{"missing", plainText, "1"}, grouped{"half", plainText, "2 whole"}, grouped{"older", plainText, "3 new"},
		grouped{"odd", oddType, "4"}, grouped{"binary", plainText, binary}, grouped{long, oddType, "5"}, grouped{"later", plainText, "6"},
		grouped{"large", plainText, "7"}, grouped{"small", plainText, "8"}, grouped{"deleted", plainText, "9"}, grouped{"other", jsonText, "10"},
		grouped{"spoilt", plainText, "11"}, grouped{"hot", plainText, "12"}, grouped{"hot", plainText, "13"}, grouped{"empty", plainText, ""},
	)
	s.together(grouped{"deleted", "", ""}, grouped{"other", plainText, "14"}, grouped{"never", plainText, "x"}, grouped{"never", "", ""})
	for _, key := range []string{"large", "small"} {
		s.want(201, "PUT", records+"/"+key, large, "Content-Type", plainText)
	}
	want := map[string]string{
		"missing": "1", "half": "2 whole", "older": "3 new", "odd": "4", "binary": binary, long: "5", "later": "by an SDK",
		"large": large, "small": "8", "other": "14", "spoilt": "as it is", "hot": "13", "empty": "",
	}

	journal := storeJournal(t, s, true)
	text, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	// One line is not what was written, and the last one is not complete.
	text = bytes.Replace(text, []byte(`"text":"11"`), []byte(`"text":"??"`), 1)
	text = append(text, `00000000 {"time":99999999999999999,"name":"half.txt","te`...)
	writeFile(t, journal, string(text))
	diesUnder(t, s, journalFile(keyValueStores, "store"))

	file := func(name string) string { return filepath.Join(folder, name) }
	aged := func(name, text string, age time.Duration) {
		writeFile(t, file(name), text)
		if at := time.Now().Add(-age); os.Chtimes(file(name), at, at) != nil {
			t.Fatal(name)
		}
	}
	hidden := filepath.Join(s.dir, privateFolder, "records")
	for _, gone := range []string{file("missing.txt"), file("odd.bin"), file("hot.txt"), file("empty.txt"), hidden} {
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
	}
	aged("half.txt", "2 wh", time.Hour)
	aged("older.txt", "3 old", time.Hour)
	aged("binary.txt", strings.Repeat("\x00", len(binary)), time.Hour)
	aged("later.txt", "by an SDK", -time.Minute)
	aged("small.txt", "", time.Hour) // the renaming of the large value got lost, too
	aged("deleted.txt", "9", time.Hour)
	aged("other.json", "10", time.Hour)
	aged("other.txt", "", time.Hour)
	aged("spoilt.txt", "as it is", time.Hour)

	// Reading comes first: it must not show what is not whole.
	again := newSite(t, s.dir)
	if got := again.want(200, "GET", records+"/half", "").body; got != want["half"] {
		t.Errorf("half: %q", got)
	}
	for _, reader := range []*site{again, newSite(t, s.dir)} {
		keys := []string{}
		for key, value := range want {
			keys = append(keys, key)
			got := reader.want(200, "GET", records+"/"+key, "")
			if got.body != value {
				t.Errorf("%s: %.40q, want %.40q", key, got.body, value)
			}
			if wantType := map[string]string{"odd": oddType, long: oddType}[key]; wantType != "" && got.header.Get("Content-Type") != wantType {
				t.Errorf("%s is %s", key, got.header.Get("Content-Type"))
			}
		}
		slices.Sort(keys)
		if got := reader.keys(""); !slices.Equal(got, keys) {
			t.Errorf("keys %q, want %q", got, keys)
		}
	}
	storeJournal(t, s, false)
	if _, err := os.Stat(file("other.json")); !os.IsNotExist(err) {
		t.Error("a replaced value is back:", err)
	}
}

// A store as crawlee-python keeps it: media types are in files beside values.
func TestPythonStoreAfterTheMachineDied(t *testing.T) {
	s, folder := newStore(t)
	writeFile(t, filepath.Join(folder, metadataFile), `{"id": "x", "name": "store", "created_at": "2026-01-01 00:00:00.000000+00:00"}`)
	again := newSite(t, s.dir)
	again.together(grouped{"a b", oddType, "1"}, grouped{"b", oddType, "2"}, grouped{"c", oddType, "3"}, grouped{"d", oddType, "4"})
	again.together(grouped{"d", "", ""})
	diesUnder(t, s, journalFile(keyValueStores, "store"))
	before := snapshot(t, folder)
	for name := range before {
		if filepath.Base(name) != metadataFile && before[name] != "folder" {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	last := newSite(t, s.dir)
	if err := last.handler.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	storeJournal(t, s, false)
	for name, text := range snapshot(t, folder) {
		if before[name] != text {
			t.Errorf("%s is %q, was %q", name, text, before[name])
		}
		delete(before, name)
	}
	if len(before) > 0 {
		t.Errorf("missing: %q", before)
	}
	if got := last.want(200, "GET", records+"/b", "").header.Get("Content-Type"); got != oddType {
		t.Error(got)
	}
}

func TestStoreJournalIsSettled(t *testing.T) {
	four := []grouped{{"a", plainText, "1"}, {"b", plainText, "2"}, {"c", plainText, "3"}, {"d", plainText, "4"}}
	t.Run("single values need none", func(t *testing.T) {
		s, _ := newStore(t)
		s.together(four[:3]...)
		storeJournal(t, s, false)
	})
	t.Run("at the end", func(t *testing.T) {
		s, _ := newStore(t)
		var group sync.WaitGroup
		for n := range 200 {
			group.Go(func() { s.want(201, "PUT", fmt.Sprintf("%s/key-%d", records, n), "x") })
		}
		group.Wait()
		if err := s.handler.Close(); err != nil {
			t.Fatal(err)
		}
		storeJournal(t, s, false)
		if got := len(newSite(t, s.dir).keys("")); got != 200 {
			t.Errorf("%d keys", got)
		}
	})
	t.Run("left by a killed process", func(t *testing.T) {
		s, _ := newStore(t)
		s.together(four...)
		journal := storeJournal(t, s, true)
		text, err := os.ReadFile(journal)
		if err != nil {
			t.Fatal(err)
		}
		// Killed before the file was put in place: nobody was told.
		line := appendLine(nil, time.Now().UnixMicro(), &fileChange{name: "unknown.txt", text: []byte("5")})
		writeFile(t, journal, string(text)+string(line))
		again := newSite(t, s.dir)
		if err := again.handler.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		storeJournal(t, s, false)
		if got := again.keys(""); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
			t.Errorf("keys %q", got)
		}
	})
	t.Run("of a store that is gone", func(t *testing.T) {
		s, folder := newStore(t)
		s.together(four...)
		text, err := os.ReadFile(storeJournal(t, s, true))
		if err != nil {
			t.Fatal(err)
		}
		s.want(204, "DELETE", "/key-value-stores/~store", "")
		storeJournal(t, s, false)
		s.want(201, "POST", "/key-value-stores?name=store", "")
		writeFile(t, filepath.Join(s.dir, filepath.FromSlash(journalFile(keyValueStores, "store"))), string(text))
		diesUnder(t, s, journalFile(keyValueStores, "store"))
		if got := newSite(t, s.dir).keys(""); len(got) > 0 {
			t.Errorf("keys %q", got)
		}
		if left := filesIn(t, folder); len(left) > 0 {
			t.Errorf("files %q", left)
		}
	})
}

// What was lost with the machine is back before a store gets another name.
func TestRenamedStoreAfterTheMachineDied(t *testing.T) {
	s, folder := newStore(t)
	s.together(grouped{"a", plainText, "1"}, grouped{"b", oddType, "2"}, grouped{"c", plainText, "3"}, grouped{"d", plainText, "4"})
	diesUnder(t, s, journalFile(keyValueStores, "store"))
	for _, name := range filesIn(t, folder) {
		writeFile(t, filepath.Join(folder, name), "")
		if err := os.Chtimes(filepath.Join(folder, name), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	again := newSite(t, s.dir)
	again.want(200, "PUT", "/key-value-stores/~store", `{"name":"other"}`)
	storeJournal(t, s, false)
	for key, want := range map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"} {
		if got := again.want(200, "GET", "/key-value-stores/~other/records/"+key, ""); got.body != want {
			t.Errorf("%s: %q", key, got.body)
		}
	}
	if got := again.want(200, "GET", "/key-value-stores/~other/records/b", "").header.Get("Content-Type"); got != oddType {
		t.Error(got)
	}
}

// Whatever comes together in a group, each client gets its own way, and whoever
// reads gets a whole value.
func TestConcurrentRecords(t *testing.T) {
	s, folder := newStore(t)
	if err := os.Mkdir(filepath.Join(folder, "folder.txt"), 0o777); err != nil {
		t.Fatal(err)
	}
	types := []string{plainText, jsonText, oddType, "image/png"}
	var group sync.WaitGroup
	for who := range 24 {
		group.Go(func() {
			for turn := range 12 {
				n := who*12 + turn
				key := fmt.Sprintf("key-%d-%d", who, turn%3)
				value := fmt.Sprint(n, " ", strings.Repeat("v", []int{10, 3000, smallValue + 1}[n%3]))
				kind := types[n%len(types)]
				s.want(201, "PUT", records+"/"+key, value, "Content-Type", kind)
				s.want(201, "PUT", records+"/hot", fmt.Sprintf("<%s>", value), "Content-Type", kind)
				if got := s.want(200, "GET", records+"/"+key, ""); got.body != value || got.header.Get("Content-Type") != kind {
					t.Errorf("%s is %.20q of %s, want %.20q of %s", key, got.body, got.header.Get("Content-Type"), value, kind)
				}
				if got := s.want(200, "GET", records+"/hot", "").body; !strings.HasPrefix(got, "<") || !strings.HasSuffix(got, ">") {
					t.Errorf("half a value: %d bytes", len(got))
				}
				if n%5 == 0 {
					s.want(204, "DELETE", records+"/"+key, "")
					s.want(404, "GET", records+"/"+key, "")
				}
				if n%7 == 0 { // one that cannot be stored harms no other
					s.want(500, "PUT", records+"/folder", "x", "Content-Type", plainText)
				}
			}
		})
	}
	group.Wait()
	fresh := newSite(t, s.dir)
	if got, want := fresh.keys(""), s.keys(""); !slices.Equal(got, want) || !slices.Contains(got, "hot") {
		t.Errorf("%q\nwant %q", got, want)
	}
	if left := filesIn(t, filepath.Join(s.dir, privateFolder, "tmp")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func FuzzJournalLine(f *testing.F) {
	f.Add("a.json", []byte(`{"a":"\u2028"}`), "types", false, int64(1))
	f.Add("č \"\\", []byte{0, 255, '\n'}, "", true, int64(-1))
	f.Fuzz(func(t *testing.T, name string, text []byte, in string, deleted bool, modified int64) {
		if name != strings.ToValidUTF8(name, "") || in != strings.ToValidUTF8(in, "") {
			return // names of files come as text
		}
		line := appendLine(nil, 7, &fileChange{in: storageFolder(in), name: name, text: text, deleted: deleted, modified: modified})
		if bytes.Count(line, []byte{'\n'}) != 1 || !bytes.HasSuffix(line, []byte{'\n'}) {
			t.Fatalf("%q is not one line", line)
		}
		got, ok := parseLine(line)
		if !ok || got.Name != name || got.In != storageFolder(in) || got.Deleted != deleted || got.Modified != modified || got.Time != 7 {
			t.Fatalf("%q is read as %+v, %t", line, got, ok)
		}
		if !deleted && !bytes.Equal(got.content(), text) {
			t.Fatalf("%q, want %q", got.content(), text)
		}
		line[len(line)/2] ^= 1
		if _, ok := parseLine(line); ok {
			t.Fatalf("%q is taken for whole", line)
		}
	})
}
