//go:build unix

package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// damages are what can become of a file that is kept beside the storages.
func damages() map[string]func(path string, random *rand.Rand) error {
	edit := func(how func(text []byte, random *rand.Rand) []byte) func(string, *rand.Rand) error {
		return func(path string, random *rand.Rand) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, how(text, random), 0o600)
		}
	}
	instead := func(create func(path string) error) func(string, *rand.Rand) error {
		return func(path string, _ *rand.Rand) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return create(path)
		}
	}
	flip := edit(func(text []byte, random *rand.Rand) []byte {
		if len(text) > 0 {
			text[random.IntN(len(text))] ^= 1 << random.IntN(8)
		}
		return text
	})
	return map[string]func(string, *rand.Rand) error{
		"flipped bit":         flip,
		"another flipped bit": flip,
		"a third flipped bit": flip,
		"a byte inserted": edit(func(text []byte, random *rand.Rand) []byte {
			return slices.Insert(text, random.IntN(len(text)+1), byte(random.IntN(256)))
		}),
		"cut": edit(func(text []byte, random *rand.Rand) []byte { return text[:random.IntN(len(text)+1)] }),
		"cut by a byte": edit(func(text []byte, _ *rand.Rand) []byte {
			return text[:max(0, len(text)-1)]
		}),
		"emptied":              edit(func([]byte, *rand.Rand) []byte { return nil }),
		"zeros":                edit(func(text []byte, _ *rand.Rand) []byte { return make([]byte, len(text)) }),
		"link to another file": instead(func(path string) error { return os.Symlink("/etc/hostname", path) }),
		"link to itself":       instead(func(path string) error { return os.Symlink(filepath.Base(path), path) }),
		"named pipe":           instead(func(path string) error { return syscall.Mkfifo(path, 0o600) }),
		"folder":               instead(func(path string) error { return os.Mkdir(path, 0o700) }),
	}
}

// Whatever becomes of a file in .apifyctl: what the directory shows is the same
// as before, or it is said that something is wrong.
func TestDamageIsToldOrHarmless(t *testing.T) {
	if testing.Short() {
		t.Skip("one request at a time")
	}
	whole := t.TempDir()
	makeDamagedSite(t, whole)
	want := viewOf(t, newToldSite(t, whole))
	var files []string
	for path := range snapshot(t, filepath.Join(whole, durable.PrivateFolder)) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && !strings.HasSuffix(path, ".lock") {
			relative, err := filepath.Rel(whole, path)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, relative)
		}
	}
	slices.Sort(files)
	t.Logf("files: %q", files)
	random := rand.New(rand.NewPCG(1, 2))
	cases, harmless := 0, 0
	for _, file := range files {
		for _, damage := range slices.Sorted(maps.Keys(damages())) {
			cases++
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			if err := damages()[damage](filepath.Join(dir, file), random); err != nil {
				t.Fatal(err)
			}
			s := newToldSite(t, dir)
			got := viewOf(t, s)
			if maps.Equal(got, want) {
				harmless++
			} else if !s.saidSo(got) {
				t.Errorf("%s of %s was not told:%s", damage, file, difference(want, got))
			}
			changeDamaged(t, s)
		}
	}
	t.Logf("%d damaged files, %d harmless, the others told", cases, harmless)
	if cases < 150 {
		t.Errorf("only %d damaged files: %q", cases, files)
	}
}

// toldSite is a site that notes what the handler logs.
type toldSite struct {
	*site
	told *bytes.Buffer
}

func newToldSite(t *testing.T, dir string) *toldSite {
	t.Helper()
	plain, told := newLoggedSite(t, dir)
	return &toldSite{plain, told}
}

// saidSo tells whether something was logged, or answered as an error.
func (s *toldSite) saidSo(view map[string]string) bool {
	if s.told.Len() > 0 {
		return true
	}
	for _, answer := range view {
		if strings.HasPrefix(answer, "5") {
			return true
		}
	}
	return false
}

// makeDamagedSite makes a directory with everything that is kept beside storages.
func makeDamagedSite(t testing.TB, dir string) {
	s := newSite(t, dir)
	for _, collection := range []string{"datasets", "key-value-stores", "request-queues"} {
		s.want(201, "POST", "/"+collection+"?name=named", "")
		s.want(200, "PUT", "/"+collection+"/~named", `{"generalAccess":"ANYONE_WITH_ID_CAN_READ"}`)
		s.want(201, "POST", "/"+collection, "") // unnamed
	}
	s.want(201, "POST", "/datasets/~named/items", numbersFrom(1, 5))
	for i, key := range []string{"odd", "__metadata__", strings.Repeat("k", 256), "plain", "."} {
		contentType := []string{"application/x-odd", "text/plain; charset=utf-8", "image/png"}[i%3]
		s.want(201, "PUT", "/key-value-stores/~named/records/"+strings.ReplaceAll(key, ".", "%2E"), "value of "+key, "Content-Type", contentType)
	}
	for i := range 5 {
		s.want(201, "POST", "/request-queues/~named/requests?clientKey=somebody", fmt.Sprintf(`{"url":"https://example.com/%d","uniqueKey":"u%d"}`, i, i))
	}
	s.want(201, "POST", "/request-queues/~named/head/lock?lockSecs=3600&limit=2&clientKey=locker", "")
	s.do("PUT", "/users/me/limits", `{"dataRetentionDays":30}`)
	s.want(201, "POST", "/actor-runs/someRun/dataset/items", `{"of":"a run"}`)
	s.do("PUT", "/actor-runs/someRun", `{"statusMessage":"told"}`)
}

// viewOf is all that a directory shows, by path.
func viewOf(t *testing.T, s *toldSite) map[string]string {
	t.Helper()
	view := map[string]string{}
	see := func(path string, keep ...string) (answer map[string]any) {
		got := s.do("GET", path, "")
		text := got.body
		if len(keep) > 0 && got.status == 200 {
			answer = got.data(t)
			var kept []any
			for _, member := range keep {
				kept = append(kept, answer[member])
			}
			encoded, err := json.Marshal(kept)
			if err != nil {
				t.Fatal(err)
			}
			text = string(encoded)
		}
		view[path] = fmt.Sprint(got.status, " ", got.header.Get("Content-Type"), " ", text)
		return answer
	}
	facts := []string{"id", "name", "generalAccess", "createdAt", "schema", "itemCount", "totalRequestCount", "handledRequestCount", "hadMultipleClients"}
	for _, collection := range []string{"datasets", "key-value-stores", "request-queues"} {
		list := s.do("GET", "/"+collection+"?unnamed=1", "")
		if list.status != 200 {
			view[collection] = fmt.Sprint(list.status, list.body)
			continue
		}
		items, _ := list.data(t)["items"].([]any)
		view[collection] = fmt.Sprint(len(items))
		for _, item := range items {
			object, _ := item.(map[string]any)
			see(fmt.Sprintf("/%s/%s", collection, object["id"]), facts...)
		}
	}
	see("/datasets/~named/items")
	see("/datasets/~default/items")
	see("/request-queues/~named/requests", "items")
	see("/request-queues/~named/head", "items")
	for _, key := range s.keysOf("named") {
		see("/key-value-stores/~named/records/" + strings.ReplaceAll(url.PathEscape(key), ".", "%2E"))
	}
	see("/users/me/limits")
	see("/actor-runs/someRun", "statusMessage")
	return view
}

func (s *toldSite) keysOf(store string) (keys []string) {
	got := s.do("GET", "/key-value-stores/~"+store+"/keys", "")
	if got.status != 200 {
		return nil
	}
	items, _ := got.data(s.t)["items"].([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		keys = append(keys, fmt.Sprint(object["key"]))
	}
	return keys
}

// changeDamaged changes storages beside a damaged file: that works or is refused,
// and what was changed is there.
func changeDamaged(t *testing.T, s *toldSite) {
	t.Helper()
	key := "/key-value-stores/~named/records/odd"
	if got := s.do("PUT", key, "new", "Content-Type", "application/x-new"); got.status == 201 {
		if back := s.do("GET", key, ""); back.body != "new" || back.header.Get("Content-Type") != "application/x-new" {
			t.Errorf("a new record is %q of %s", back.body, back.header.Get("Content-Type"))
		}
	}
	if got := s.do("POST", "/datasets/~named/items", `{"n":6}`); got.status == 201 {
		if back := s.do("GET", "/datasets/~named/items?offset=5", ""); back.body != `[{"n":6}]` {
			t.Errorf("a new item is %s", back.body)
		}
	}
	if got := s.do("POST", "/request-queues/~named/requests", `{"url":"https://example.com/new","uniqueKey":"new"}`); got.status == 201 {
		s.want(200, "GET", "/request-queues/~named/requests/"+requestID("new"), "")
	}
	if text, err := os.ReadFile("/etc/hostname"); err == nil && bytes.Contains(text, []byte("apifyctl")) {
		t.Fatal("a file outside was written")
	}
}

func difference(want, got map[string]string) string {
	var text strings.Builder
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if want[path] != got[path] {
			fmt.Fprintf(&text, "\n %s: %.200s\n want %.200s", path, got[path], want[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[path]; !ok {
			fmt.Fprintf(&text, "\n %s: %.200s", path, got[path])
		}
	}
	return text.String()
}

// Every piece of .apifyctl can be deleted. What is lost is what docs say, and the
// contents of the storages stay what they are.
func TestPiecesCanBeDeleted(t *testing.T) {
	whole := t.TempDir()
	makeDamagedSite(t, whole)
	want := viewOf(t, newToldSite(t, whole))
	var pieces []string
	err := filepath.WalkDir(filepath.Join(whole, durable.PrivateFolder), func(path string, _ fs.DirEntry, err error) error {
		relative, err2 := filepath.Rel(whole, path)
		if err == nil {
			err = err2
		}
		pieces = append(pieces, relative)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	contents := []string{"/datasets/~named/items", "/datasets/~default/items", "/request-queues/~named/requests", "/request-queues/~named/head"}
	for _, piece := range pieces {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, piece)); err != nil {
			t.Fatal(err)
		}
		s := newToldSite(t, dir)
		got := viewOf(t, s)
		for _, path := range contents {
			if got[path] != want[path] {
				t.Errorf("without %s, %s is %s, want %s", piece, path, got[path], want[path])
			}
		}
		for _, key := range []string{"odd", "plain"} {
			path := "/key-value-stores/~named/records/" + key
			if _, was, _ := strings.Cut(want[path], "value"); !strings.HasSuffix(got[path], was) {
				t.Errorf("without %s, record %s is %s, want %s", piece, key, got[path], want[path])
			}
		}
		changeDamaged(t, s)
	}
	t.Logf("%d pieces: %q", len(pieces), pieces)
}
