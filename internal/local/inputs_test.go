package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is beside a value says its key, and where there is a file name the value.
func TestMetadataOfRecordsCounts(t *testing.T) {
	const python = `{"id":"Abcdefgh123456789","name":"store","accessed_at":"2026-01-02 03:04:05.678901+00:00","created_at":"2026-01-02 03:04:05.678901+00:00","modified_at":"2026-01-02 03:04:05.678901+00:00"}`
	for name, c := range map[string]struct {
		files   map[string]string
		key     string
		want    string // the value; "" where there is no such record
		keys    []string
		written []string // files after the key was stored anew
	}{
		"the Apify SDK for Python 3, an input of the user's": {
			map[string]string{"INPUT.json": "{}", "INPUT.json.__metadata__.json": `{"key":"INPUT","content_type":"application/json","size":2}`},
			"INPUT", "{}",
			[]string{"INPUT"},
			[]string{"INPUT.json", "INPUT.json.__metadata__.json"},
		},
		"the Apify SDK for Python 4, an input that it stored": {
			map[string]string{"INPUT.json": "{}", "INPUT.json.__metadata__.json": `{"key":"INPUT.json","content_type":"application/json","size":2}`},
			"INPUT", "{}",
			[]string{"INPUT.json"},
			[]string{"INPUT.json", "INPUT.json.__metadata__.json"},
		},
		"an input that no SDK has seen": {
			map[string]string{"INPUT.json": "{}"},
			"INPUT", "{}",
			[]string{"INPUT"},
			[]string{"INPUT.json", "INPUT.json.__metadata__.json"},
		},
		"two inputs become one": {
			map[string]string{"INPUT": "{}", "INPUT.__metadata__.json": `{"key":"INPUT","content_type":"application/json","size":2}`, "INPUT.txt": "old"},
			"INPUT", "{}",
			[]string{"INPUT"},
			[]string{"INPUT", "INPUT.__metadata__.json"},
		},
		"Crawlee for Python 0.6": {
			map[string]string{"a.b.txt": "x", "a.b.txt.__metadata__.json": `{"key":"a.b","content_type":"text/plain"}`},
			"a.b", "x",
			[]string{"a.b"},
			[]string{"a.b.txt", "a.b.txt.__metadata__.json"},
		},
		"Crawlee 4, a file that it has taken over": {
			map[string]string{"INPUT.json": "{}", "INPUT.__metadata__.json": `{"key":"INPUT","contentType":"application/json","size":2,"filename":"INPUT.json"}`},
			"INPUT", "{}",
			[]string{"INPUT"},
			[]string{"INPUT.__metadata__.json", "INPUT.json"},
		},
		"a file name with a path": {
			map[string]string{"x.__metadata__.json": `{"key":"x","contentType":"text/plain","filename":"../../../secret"}`},
			"x", "",
			[]string{},
			nil,
		},
		"a file name that is the store's metadata": {
			map[string]string{"x.__metadata__.json": `{"key":"x","contentType":"text/plain","filename":"__metadata__.json"}`},
			"x", "",
			[]string{},
			nil,
		},
		"metadata that is broken": {
			map[string]string{"a%20b": "x", "a%20b.__metadata__.json": `{"key":`},
			"a%20b", "x",
			[]string{"a b"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, folder := newStore(t)
			writeFile(t, filepath.Join(s.dir, "secret"), "secret")
			writeFile(t, filepath.Join(folder, "__metadata__.json"), python)
			for file, text := range c.files {
				writeFile(t, filepath.Join(folder, file), text)
			}
			if got := s.keys(""); !slices.Equal(got, c.keys) {
				t.Errorf("keys %q", got)
			}
			if c.want == "" {
				s.want(404, "GET", storeRecords+"/"+c.key, "")
				return
			}
			if got := s.want(200, "GET", storeRecords+"/"+c.key, "").body; got != c.want && (got != "old" || len(c.files) != 3) {
				t.Errorf("value %q", got)
			}
			if c.written == nil {
				return
			}
			s.want(201, "PUT", storeRecords+"/"+c.key, "new", "Content-Type", "text/plain")
			if c.key != c.keys[0] {
				s.want(404, "GET", storeRecords+"/"+c.keys[0], "") // the file has the other key now
			}
			files := slices.DeleteFunc(filesIn(t, folder), func(file string) bool { return file == "__metadata__.json" })
			if len(c.files) == 3 { // the newer one stays
				files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "__metadata__.json") })
				if len(files) != 1 {
					t.Errorf("files %q", files)
				}
			} else if !slices.Equal(files, c.written) {
				t.Errorf("files %q", files)
			}
			for _, each := range []*site{s, newSite(t, s.dir)} {
				got := each.want(200, "GET", storeRecords+"/"+c.key, "")
				if got.body != "new" || got.header.Get("Content-Type") != "text/plain" {
					t.Errorf("%q of %s", got.body, got.header.Get("Content-Type"))
				}
				if keys := each.keys(""); !slices.Equal(keys, []string{c.key}) {
					t.Errorf("keys %q", keys)
				}
			}
			s.want(204, "DELETE", storeRecords+"/"+c.key, "")
			if left := filesIn(t, folder); !slices.Equal(left, []string{"__metadata__.json"}) {
				t.Errorf("left %q", left)
			}
		})
	}
}

func TestRecordsOfEverySDKAreRead(t *testing.T) {
	eachLayout(t, func(t *testing.T, s *site) {
		before := snapshot(t, s.dir)
		for key, want := range map[string][2]string{
			"text":       {"čárka", "text/plain"},
			"bytes":      {"\x00\xff\x01", "application/octet-stream"},
			"image.png":  {"\x89PNG\r\n", "image/png"},
			"page.html":  {"<p>x</p>", "text/html"},
			"odd!-_.'()": {"odd", "text/plain"},
			"INPUT":      {"", "application/json"},
		} {
			got := s.want(200, "GET", "/key-value-stores/~default/records/"+key, "")
			if kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";"); kind != want[1] || want[0] != "" && got.body != want[0] {
				t.Errorf("%s is %q of %s", key, got.body, kind)
			}
		}
		items := s.want(200, "GET", "/datasets/~default/items", "").body
		if got := strings.Count(items, `"n":`); got != 4 {
			t.Errorf("items %s", items)
		}
		if after := snapshot(t, s.dir); len(after) != len(before) {
			t.Error("reading has changed the directory")
		}
		if _, err := os.Stat(filepath.Join(s.dir, ".apifyctl")); err == nil {
			t.Error("reading has left something")
		}
	})
}
