package local

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

func TestCreateAndFind(t *testing.T) {
	for _, k := range directory.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			s := newSite(t, filepath.Join(t.TempDir(), "not", "there", "yet"))
			base := "/" + k.Path()
			if got := s.want(200, "GET", base, "").data(t); got["total"] != 0.0 || got["items"] == nil {
				t.Errorf("%v", got)
			}
			if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
				t.Error("reading has made the directory")
			}
			created := s.want(201, "POST", base+"?name=My-Shop", "")
			object := created.data(t)
			id, _ := object["id"].(string)
			if want := "http://storage.test/v2" + base + "/" + id; created.header.Get("Location") != want || !directory.ValidID(id) {
				t.Errorf("Location %s, want %s", created.header.Get("Location"), want)
			}
			if again := s.want(200, "POST", base+"?name=my-shop", "").data(t); again["id"] != id || again["name"] != "My-Shop" {
				t.Errorf("%v", again)
			}
			other := newSite(t, s.dir) // another process
			for _, ref := range []string{id, "~my-shop", "local~MY-SHOP", "somebody~My-Shop", "~My%2DShop"} {
				if got := other.want(200, "GET", base+"/"+ref, "").data(t); got["id"] != id {
					t.Errorf("%s: %v", ref, got)
				}
			}
			other.want(404, "GET", base+"/My-Shop", "") // a name is no ID
			if page := s.want(200, "GET", base+"?limit=0", ""); page.header.Get("X-Apify-Pagination-Total") != "1" || page.header.Get("X-Apify-Pagination-Count") != "1" {
				t.Errorf("%v", page.header)
			}
			unnamed := s.want(201, "POST", base, "{}").data(t)
			unnamedID, _ := unnamed["id"].(string)
			if _, err := os.Stat(filepath.Join(s.dir, k.Folder(), unnamedID)); err != nil || unnamed["name"] != nil {
				t.Errorf("%v: %v", unnamed, err)
			}
			s.want(204, "DELETE", base+"/"+unnamedID, "")
			s.want(404, "DELETE", base+"/"+unnamedID, "")
			s.want(404, "GET", base+"/"+unnamedID, "")
			if left, err := os.ReadDir(filepath.Join(s.dir, durable.TemporaryFolder)); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestRequiredMembers(t *testing.T) {
	s := newSite(t, t.TempDir())
	for k, names := range [...]string{
		directory.Datasets:       "id name userId createdAt modifiedAt accessedAt itemCount cleanItemCount consoleUrl itemsPublicUrl generalAccess stats username",
		directory.KeyValueStores: "id name userId createdAt modifiedAt accessedAt consoleUrl keysPublicUrl recordsPublicUrl generalAccess stats username",
		directory.RequestQueues:  "id name userId createdAt modifiedAt accessedAt totalRequestCount handledRequestCount pendingRequestCount hadMultipleClients consoleUrl generalAccess stats username",
	} {
		object := s.want(201, "POST", "/"+directory.Kind(k).Path()+"?name=x", `{"schema":{"fields":{}},"unknown":1}`).data(t)
		for name := range strings.FieldsSeq(names) {
			if object[name] == nil {
				t.Errorf("%s: no %s in %v", directory.Kind(k), name, object)
			}
		}
		if object["generalAccess"] != "FOLLOW_USER_SETTING" || fmt.Sprint(object["schema"]) != "map[fields:map[]]" {
			t.Errorf("%v", object)
		}
	}
}

func TestHostileNames(t *testing.T) {
	parent := t.TempDir()
	writeFile(t, filepath.Join(parent, "outside", "000000001.json"), `{"secret":1}`)
	s := newSite(t, filepath.Join(parent, "storage"))
	s.want(201, "POST", "/datasets?name=d", "")
	if err := os.Symlink(filepath.Join(parent, "outside"), filepath.Join(s.dir, "datasets", "link")); err != nil {
		t.Logf("no links here: %v", err)
	}
	for _, name := range []string{
		"", "..", ".", "a/b", `a\b`, "a\x00b", "-a", "a-", "a_b", "a.", "con", "LPT1", "ä", strings.Repeat("a", 64), "a b", "~a", "../outside",
	} {
		escaped := strings.NewReplacer("%", "%25", "/", "%2F", `\`, "%5C", "\x00", "%00", " ", "%20", "ä", "%C3%A4").Replace(name)
		if got := s.want(400, "POST", "/datasets?name="+escaped, ""); got.errorType(t) != "invalid-value" {
			t.Errorf("%q: %s", name, got.body)
		}
		body, err := json.Marshal(map[string]string{"name": name})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.want(400, "PUT", "/datasets/~d", string(body)); got.errorType(t) != "invalid-value" {
			t.Errorf("%q: %s", name, got.body)
		}
	}
	for _, ref := range []string{
		"~..%2F..%2Foutside", "..%2F..%2Foutside", "~..", "..", ".", "~", "~.apifyctl", "~link", "%2e%2e", "~%00", `~..%5Coutside`, "..;/..", "//d",
	} {
		for _, method := range []string{"GET", "DELETE"} {
			if got := s.do(method, "/datasets/"+ref, ""); got.status != 404 {
				t.Errorf("%s %s: %d %s", method, ref, got.status, got.body)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(parent, "outside", "000000001.json")); err != nil {
		t.Error(err)
	}
}

func TestForeignFolders(t *testing.T) {
	s := newSite(t, t.TempDir())
	for _, folder := range []string{"my shop", "under_score", "x.y", "aBcDeFgHiJkLmN012", "seventeenletterss", "417e482a-66b4-4b9d-b63a-27e13e4ff33c", "__CRAWLEE_TEMPORARY_0__", ".git"} {
		writeFile(t, filepath.Join(s.dir, "datasets", folder, "000000001.json"), `{"in":"`+folder+`"}`)
	}
	for ref, want := range map[string]string{
		"~my%20shop": "my shop", "~MY%20SHOP": "my shop", "~under_score": "under_score", "~x.y": "x.y",
		"aBcDeFgHiJkLmN012": "", "~seventeenletterss": "seventeenletterss", "417e482a-66b4-4b9d-b63a-27e13e4ff33c": "",
	} {
		object := s.want(200, "GET", "/datasets/"+ref, "").data(t)
		if name, _ := object["name"].(string); name != want {
			t.Errorf("%s: %v", ref, object)
		}
		if ref == "aBcDeFgHiJkLmN012" && object["id"] != ref {
			t.Errorf("%v", object)
		}
	}
	if got := s.want(200, "GET", "/datasets", "").data(t); got["total"] != 4.0 {
		t.Errorf("%v", got)
	}
	if got := s.want(200, "GET", "/datasets?unnamed=1", "").data(t); got["total"] != 6.0 {
		t.Errorf("%v", got)
	}
}

func TestRename(t *testing.T) {
	s := newSite(t, t.TempDir())
	writeFile(t, filepath.Join(s.dir, "datasets", "a", "000000001.json"), `{"in":"a"}`)
	writeFile(t, filepath.Join(s.dir, "datasets", "taken", "000000001.json"), `{"in":"taken"}`)
	id, _ := s.want(200, "GET", "/datasets/~a", "").data(t)["id"].(string)
	for _, name := range []string{"taken", "TAKEN"} {
		if got := s.want(400, "PUT", "/datasets/~a", `{"name":"`+name+`"}`); got.errorType(t) != "name-not-unique" {
			t.Error(got.body)
		}
	}
	s.want(400, "PUT", "/datasets/~a", `{"generalAccess":"EVERYBODY","name":"b"}`)
	s.want(400, "PUT", "/datasets/~a", `{"name":7}`)
	s.want(400, "PUT", "/datasets/~a", `[]`)
	s.want(404, "PUT", "/datasets/~missing", `{"name":"b"}`)

	is := func(ref, name string) {
		t.Helper()
		for _, reader := range []*site{s, newSite(t, s.dir)} {
			got := reader.want(200, "GET", "/datasets/"+ref, "").data(t)
			if text, _ := got["name"].(string); got["id"] != id || text != name {
				t.Errorf("%s: got %v, want %s named %q", ref, got, id, name)
			}
			if items := reader.want(200, "GET", "/datasets/"+ref+"/items", ""); items.body != `[{"in":"a"}]` {
				t.Error(items.body)
			}
		}
	}
	s.want(200, "PUT", "/datasets/~a", `{"name":"b","generalAccess":"ANYONE_WITH_ID_CAN_READ"}`)
	is(id, "b")
	is("~b", "b")
	s.want(404, "GET", "/datasets/~a", "")
	s.want(200, "PUT", "/datasets/~b", `{"name":"B"}`)
	is("~b", "B")
	s.want(200, "PUT", "/datasets/~B", `{"name":null}`)
	is(id, "")
	s.want(404, "GET", "/datasets/~b", "")
	s.want(200, "PUT", "/datasets/"+id, `{"name":null}`)
	s.want(200, "PUT", "/datasets/"+id, `{"name":"c"}`)
	is("~c", "c")
	if got := s.want(200, "GET", "/datasets/~c", "").data(t); got["generalAccess"] != "ANYONE_WITH_ID_CAN_READ" {
		t.Errorf("%v", got)
	}
	// A new folder of the old name is another storage.
	writeFile(t, filepath.Join(s.dir, "datasets", "a", "000000001.json"), `{"in":"new"}`)
	if got := s.want(200, "GET", "/datasets/~a", "").data(t); got["id"] == id {
		t.Errorf("%v has the ID of what was renamed", got)
	}
	is(id, "c")
}

func TestList(t *testing.T) {
	s := newSite(t, t.TempDir())
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 5 {
		folder := filepath.Join(s.dir, "key_value_stores", fmt.Sprint("s", i))
		writeFile(t, filepath.Join(folder, "INPUT.json"), "{}")
		if err := os.Chtimes(folder, start, start.Add(time.Duration((i*3)%5)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ query, want string }{
		{"", "s0 s2 s4 s1 s3"},
		{"?desc=1", "s3 s1 s4 s2 s0"},
		{"?offset=1&limit=2", "s2 s4"},
		{"?offset=9", ""},
		{"?ownership=sharedWithMe", ""},
		{"?ownership=ownedByMe&limit=99999", "s0 s2 s4 s1 s3"},
	} {
		page := s.want(200, "GET", "/key-value-stores"+c.query, "").data(t)
		var names []string
		items, _ := page["items"].([]any)
		for _, item := range items {
			object, _ := item.(map[string]any)
			names = append(names, fmt.Sprint(object["name"]))
		}
		if got := strings.Join(names, " "); got != c.want || page["count"] != float64(len(names)) {
			t.Errorf("%s: %s, %v", c.query, got, page)
		}
	}
	if got := s.want(400, "GET", "/key-value-stores?ownership=mine", ""); got.errorType(t) != "invalid-value" {
		t.Error(got.body)
	}
}

func TestQueueCounts(t *testing.T) {
	s := newSite(t, t.TempDir())
	folder := filepath.Join(s.dir, "request_queues", "q")
	for name, text := range map[string]string{
		"crawlee3-handled.json": `{"id":"1","json":"{}","orderNo":null,"uniqueKey":"1"}`,
		"crawlee3-pending.json": `{"id":"2","json":"{}","orderNo":-5,"uniqueKey":"2"}`,
		"crawlee4-handled.json": `{"id":"3","url":"u","uniqueKey":"3","orderNo":null,"handledAt":"2024-01-01T00:00:00Z"}`,
		"crawlee4-pending.json": `{"id":"4","url":"u","uniqueKey":"4","orderNo":1}`,
		"python-handled.json":   `{"unique_key":"5","handled_at":"2024-01-01T00:00:00Z"}`,
		"python-pending.json":   `{"unique_key":"6","handled_at":null}`,
		"broken.json":           `{"id":`,
		".hidden.json":          `{}`,
		"db.sqlite":             "SQLite format 3",
		directory.MetadataFile:  `{"id":"da07ac41-9343-4f42-8d98-2f9fb15a9bc7","name":"q","hadMultipleClients":true,"handledRequestCount":77}`,
	} {
		writeFile(t, filepath.Join(folder, name), text)
	}
	for _, ref := range []string{"~q", "da07ac41-9343-4f42-8d98-2f9fb15a9bc7"} {
		got := s.want(200, "GET", "/request-queues/"+ref, "").data(t)
		if got["totalRequestCount"] != 6.0 || got["handledRequestCount"] != 3.0 || got["pendingRequestCount"] != 3.0 || got["hadMultipleClients"] != true {
			t.Errorf("%v", got)
		}
	}
}
