package local

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// What a folder of an SDK's says of a storage.
func TestStoragesOfSDKs(t *testing.T) {
	itemTime := time.Date(2022, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, c := range map[string]struct {
		folder, metadata string
		name             any
		created          string
	}{
		"JavaScript":                        {"shop", `{"id":"aBcDeFgHiJkLmN012","name":"shop","createdAt":"2021-01-02T03:04:05.678Z"}`, "shop", "2021-01-02T03:04:05.678Z"},
		"Python":                            {"shop", `{"id":"aBcDeFgHiJkLmN012","name":"shop","created_at":"2021-01-02 03:04:05.678901+00:00"}`, "shop", "2021-01-02T03:04:05.678Z"},
		"Python, a time without a fraction": {"shop", `{"id":"aBcDeFgHiJkLmN012","name":"shop","created_at":"2021-01-02 03:04:05+00:00"}`, "shop", "2021-01-02T03:04:05.000Z"},
		"Python, unnamed":                   {"default", `{"id":"aBcDeFgHiJkLmN012","name":null,"created_at":"2021-01-02 03:04:05+00:00"}`, nil, "2021-01-02T03:04:05.000Z"},
		"an empty name":                     {"default", `{"id":"aBcDeFgHiJkLmN012","name":"","createdAt":"2021-01-02T03:04:05.678Z"}`, nil, "2021-01-02T03:04:05.678Z"},
		"no metadata":                       {"shop", "", "shop", "2022-02-03T04:05:06.000Z"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, t.TempDir())
			folder := filepath.Join(s.dir, "datasets", c.folder)
			writeFile(t, filepath.Join(folder, itemName(1)), "{}")
			setTime(t, filepath.Join(folder, itemName(1)), itemTime)
			if c.metadata != "" {
				writeFile(t, filepath.Join(folder, directory.MetadataFile), c.metadata)
			}
			object := s.want(200, "GET", "/datasets/~"+c.folder, "").data(t)
			if object["name"] != c.name || object["createdAt"] != c.created {
				t.Errorf("name %v of %v, want %v of %s", object["name"], object["createdAt"], c.name, c.created)
			}
			// The first change, which remembers what it is, changes nothing of that.
			s.want(201, "POST", "/datasets/~"+c.folder+"/items", "{}")
			after := newSite(t, s.dir).want(200, "GET", "/datasets/~"+c.folder, "").data(t)
			if after["name"] != object["name"] || after["id"] != object["id"] || after["createdAt"] != object["createdAt"] {
				t.Errorf("a push has made %v of %v", after, object)
			}
		})
	}
}

// Who asks for a name gets what is called so, before what is in a folder of that
// name and has none.
func TestNamedBeforeUnnamed(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "datasets", "shop", directory.MetadataFile), `{"id":"aBcDeFgHiJkLmN012","name":null}`)
	s := newSite(t, dir)
	if object := s.want(200, "GET", "/datasets/~shop", "").data(t); object["id"] != "aBcDeFgHiJkLmN012" {
		t.Errorf("the unnamed one is %v", object)
	}
	writeFile(t, filepath.Join(dir, "datasets", "Shop", itemName(1)), "{}")
	if _, err := os.Stat(filepath.Join(dir, "datasets", "shop", itemName(1))); err == nil {
		t.Skip("SKIPPED: the file system ignores case")
	}
	if object := s.want(200, "GET", "/datasets/~shop", "").data(t); object["name"] != "Shop" {
		t.Errorf("the named one is %v", object)
	}
}

// A name with a ~ in it is one that an SDK gave, unless what is behind the ~ is a
// name itself.
func TestNamesWithATilde(t *testing.T) {
	s := newSite(t, t.TempDir())
	writeFile(t, filepath.Join(s.dir, "datasets", "a~b", itemName(1)), "{}")
	for _, ref := range []string{"a~b", "~a~b"} {
		if object := s.want(200, "GET", "/datasets/"+ref, "").data(t); object["name"] != "a~b" {
			t.Errorf("%s is %v", ref, object)
		}
	}
	s.want(404, "GET", "/datasets/~b", "")
	writeFile(t, filepath.Join(s.dir, "datasets", "b", itemName(1)), "{}")
	if object := s.want(200, "GET", "/datasets/a~b", "").data(t); object["name"] != "b" {
		t.Errorf("a~b is %v, want b of the user a", object)
	}
}

// Metadata that cannot be read are told, and the storage is there without them.
func TestBrokenMetadataIsTold(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "datasets", "d", directory.MetadataFile), `{"id":`)
	s, told := newLoggedSite(t, dir)
	s.want(200, "GET", "/datasets/~d", "")
	if !strings.Contains(told.String(), "metadata of the dataset d were ignored") {
		t.Errorf("told %q", told)
	}
}

// An owner of a directory may say which ID a storage shall have; what is kept
// beside a key-value store goes by its own.
func TestPreferredIDs(t *testing.T) {
	const first, second = "aBcDeFgHiJkLmN012", "aBcDeFgHiJkLmN345"
	for kind, folder := range map[string]string{"datasets": "datasets", "key-value-stores": "key_value_stores", "request-queues": "request_queues"} {
		t.Run(kind, func(t *testing.T) {
			s := newSite(t, t.TempDir())
			if got := s.want(201, "POST", "/"+kind, "", "Prefer", "id="+first).data(t); got["id"] != first {
				t.Errorf("made as %v", got)
			}
			want := second
			if kind == "key-value-stores" {
				want = first
			}
			got := s.want(200, "PUT", "/"+kind+"/"+first, `{"generalAccess":"RESTRICTED"}`, "Prefer", "id="+second).data(t)
			if got["id"] != want || got["name"] != nil || got["generalAccess"] != "RESTRICTED" {
				t.Errorf("changed to %v", got)
			}
			if _, err := os.Stat(filepath.Join(s.dir, folder, want)); err != nil {
				t.Error(err)
			}
			s.want(200, "GET", "/"+kind+"/"+want, "")
		})
	}
}

// A folder that an SDK makes where a storage was, before that got a name, is
// another storage.
func TestIDOfANamedStorageIsNotGivenAgain(t *testing.T) {
	const id = "aBcDeFgHiJkLmN012"
	s := newSite(t, t.TempDir())
	writeFile(t, filepath.Join(s.dir, "datasets", id, itemName(1)), `{"old":1}`)
	s.want(200, "PUT", "/datasets/"+id, `{"name":"shop"}`)
	writeFile(t, filepath.Join(s.dir, "datasets", id, itemName(1)), `{"new":1}`)
	for _, each := range []*site{s, newSite(t, s.dir)} {
		if got := each.want(200, "GET", "/datasets/"+id+"/items", "").body; got != `[{"old":1}]` {
			t.Errorf("the ID leads to %s", got)
		}
	}
}

// A name that a storage gets is written into its metadata, also where those had
// none.
func TestNewNameInMetadata(t *testing.T) {
	const id = "aBcDeFgHiJkLmN012"
	s := newSite(t, t.TempDir())
	writeFile(t, filepath.Join(s.dir, "datasets", id, directory.MetadataFile), `{"id":"`+id+`","itemCount":0}`)
	s.want(200, "PUT", "/datasets/"+id, `{"name":"shop"}`)
	expect := func(folder string, name any) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(s.dir, "datasets", folder, directory.MetadataFile))
		var metadata map[string]any
		if err != nil || json.Unmarshal(text, &metadata) != nil || metadata["name"] != name || metadata["id"] != id {
			t.Errorf("the metadata are %s, want the name %v: %v", text, name, err)
		}
	}
	expect("shop", "shop")
	s.want(200, "PUT", "/datasets/~shop", `{"name":null}`)
	expect(id, nil)
}

// Lists give datasets and queues without a name an empty one, as the API does.
func TestUnnamedInLists(t *testing.T) {
	s := newSite(t, t.TempDir())
	for kind, want := range map[string]any{"datasets": "", "request-queues": "", "key-value-stores": nil} {
		s.want(201, "POST", "/"+kind, "")
		s.want(201, "POST", "/"+kind+"?name=shop", "")
		items, _ := s.want(200, "GET", "/"+kind+"?unnamed=1", "").data(t)["items"].([]any)
		names := map[any]bool{}
		for _, item := range items {
			object, _ := item.(map[string]any)
			names[object["name"]] = true
		}
		if len(names) != 2 || !names[want] || !names["shop"] {
			t.Errorf("the names of %s are %v", kind, names)
		}
	}
}

// Links work without a token for those to whom the owner gives them, and nobody
// else sees what signs them.
func TestSignedLinks(t *testing.T) {
	h, err := Open(t.TempDir(), Options{SigningKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	ask := func(method, path, body string, visit bool) map[string]any {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, "http://storage.test/v2"+path, strings.NewReader(body))
		if visit {
			r = directory.Visit(r)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusBadRequest {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if w.Body.Len() == 0 {
			return nil
		}
		return reply{body: w.Body.String()}.data(t)
	}
	for kind, links := range map[string][]string{"datasets": {"itemsPublicUrl"}, "key-value-stores": {"keysPublicUrl"}, "request-queues": nil} {
		ask("POST", "/"+kind+"?name=shop", "", false)
		for _, access := range []string{"RESTRICTED", "ANYONE_WITH_ID_CAN_READ"} {
			ask("PUT", "/"+kind+"/~shop", `{"generalAccess":"`+access+`"}`, false)
			for _, visit := range []bool{false, true} {
				object := ask("GET", "/"+kind+"/~shop", "", visit)
				if secret := object["urlSigningSecretKey"] != nil; secret != (!visit && links != nil) {
					t.Errorf("%s, %s, visit %t: is the secret told? %t", kind, access, visit, secret)
				}
				for _, link := range links {
					signed := strings.Contains(fmt.Sprint(object[link]), "?signature=")
					if signed != (!visit && access == "RESTRICTED") {
						t.Errorf("%s, %s, visit %t: the link is %v", kind, access, visit, object[link])
					}
				}
			}
		}
	}
	ask("PUT", "/key-value-stores/~shop/records/k", "v", false)
	for _, access := range []string{"RESTRICTED", "ANYONE_WITH_ID_CAN_READ"} {
		ask("PUT", "/key-value-stores/~shop", `{"generalAccess":"`+access+`"}`, false)
		for _, visit := range []bool{false, true} {
			keys := fmt.Sprint(ask("GET", "/key-value-stores/~shop/keys", "", visit))
			if signed := strings.Contains(keys, "?signature="); signed != (!visit && access == "RESTRICTED") {
				t.Errorf("%s, visit %t: the keys are %s", access, visit, keys)
			}
		}
	}
}

// The first change of a store that an SDK made may need what is beside it.
func TestFirstChangeOfAStore(t *testing.T) {
	s := newSite(t, t.TempDir())
	writeFile(t, filepath.Join(s.dir, "key_value_stores", "store", "a.txt"), "a")
	s.want(201, "PUT", storeRecords+"/odd", "x", "Content-Type", "application/x-odd")
	if got := newSite(t, s.dir).want(200, "GET", storeRecords+"/odd", "").header.Get("Content-Type"); got != "application/x-odd" {
		t.Errorf("the record is of %s", got)
	}
}
