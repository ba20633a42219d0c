package local

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// Python's layout, and Crawlee 4's: percent-encoded names, metadata beside them.
func TestPythonLayout(t *testing.T) {
	for name, layout := range map[string]struct{ store, record string }{
		"Python":    {`{"id":"Abcdefgh123456789","name":"store","accessed_at":"2026-01-02 03:04:05.678901+00:00","created_at":"2026-01-02 03:04:05.678901+00:00","modified_at":"2026-01-02 03:04:05.678901+00:00"}`, `{"key":"a/b č","content_type":"text/csv","size":3}`},
		"Crawlee 4": {`{"id":"Abcdefgh123456789","name":"store","accessedAt":"2026-01-02T03:04:05.678Z","createdAt":"2026-01-02T03:04:05.678Z","modifiedAt":"2026-01-02T03:04:05.678Z"}`, `{"key":"a/b č","contentType":"text/csv","size":3}`},
	} {
		s, folder := newStore(t)
		writeFile(t, filepath.Join(folder, directory.MetadataFile), layout.store)
		writeFile(t, filepath.Join(folder, "a%2Fb%20%C4%8D"), "x,y")
		writeFile(t, filepath.Join(folder, "a%2Fb%20%C4%8D.__metadata__.json"), layout.record)
		got := s.want(200, "GET", storeRecords+"/a%2Fb%20%C4%8D", "")
		if got.body != "x,y" || got.header.Get("Content-Type") != "text/csv" {
			t.Errorf("%s: %q of %s", name, got.body, got.header.Get("Content-Type"))
		}
		s.want(201, "PUT", storeRecords+"/photo(1).png", "png!", "Content-Type", "image/png")
		if got := filesIn(t, folder); !slices.Equal(got, []string{"__metadata__.json", "a%2Fb%20%C4%8D", "a%2Fb%20%C4%8D.__metadata__.json", "photo%281%29.png", "photo%281%29.png.__metadata__.json"}) {
			t.Errorf("%s: %q", name, got)
		}
		text, err := os.ReadFile(filepath.Join(folder, "photo%281%29.png.__metadata__.json"))
		var metadata struct {
			Key         string `json:"key"`
			Python      string `json:"content_type"`
			ContentType string `json:"contentType"`
			Size        int64  `json:"size"`
		}
		if err != nil || json.Unmarshal(text, &metadata) != nil || metadata.Key != "photo(1).png" || metadata.ContentType+metadata.Python != "image/png" || (metadata.Python == "") != (name == "Crawlee 4") || metadata.Size != 4 {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		if got := s.keys(""); !slices.Equal(got, []string{"a/b č", "photo(1).png"}) {
			t.Errorf("%s: %q", name, got)
		}
		s.want(204, "DELETE", storeRecords+"/a%2Fb%20%C4%8D", "")
		s.want(204, "DELETE", storeRecords+"/photo(1).png", "")
		if got := filesIn(t, folder); !slices.Equal(got, []string{"__metadata__.json"}) {
			t.Errorf("%s: left %q", name, got)
		}
	}
}

// With its metadata on, Crawlee 3 has two keys share a file. Changing one must
// not change the other.
func TestSharedFileIsPartedOnWriting(t *testing.T) {
	s, folder := newStore(t)
	writeFile(t, filepath.Join(folder, "image.png"), "both")
	writeFile(t, filepath.Join(folder, "image.__metadata__.json"), `"{\"extension\":\"png\",\"key\":\"image\",\"contentType\":\"image/png\"}"`)
	writeFile(t, filepath.Join(folder, "image.png.__metadata__.json"), `"{\"extension\":\"png\",\"key\":\"image.png\",\"contentType\":\"image/png\"}"`)
	if got := s.keys(""); !slices.Equal(got, []string{"image", "image.png"}) {
		t.Errorf("got %q", got)
	}
	s.want(201, "PUT", storeRecords+"/image", "mine", "Content-Type", "image/png")
	for key, want := range map[string]string{"image": "mine", "image.png": "both"} {
		got := newSite(t, s.dir).want(200, "GET", storeRecords+"/"+key, "")
		if got.body != want || got.header.Get("Content-Type") != "image/png" {
			t.Errorf("%s is %q of %s", key, got.body, got.header.Get("Content-Type"))
		}
	}
	if got := filesIn(t, folder); !slices.Equal(got, []string{"image.png", "image.png.png"}) {
		t.Errorf("got %q", got)
	}
}

func TestSampleRecords(t *testing.T) {
	if _, err := os.Stat(samplesDir); err != nil {
		t.Skipf("SKIPPED: the SDKs' sample directories are not here: %v", err)
	}
	types := map[string]string{
		"INPUT": "application/json; charset=utf-8", "blob": "application/octet-stream", "photo": "image/jpeg", "page": "text/html", "text": "text/plain; charset=utf-8",
		"a!b-c_d.e'f(g)": "text/plain; charset=utf-8", "csvfile": "text/csv; charset=utf-8", "number": "application/json; charset=utf-8",
		"xml": "application/xml", "gz": "application/gzip", "image": "image/png", "weird": "application/x-unknown-thing",
		"data.json": "application/json; charset=utf-8", "image.png": "image/png",
	}
	for sample, without := range map[string][]string{
		"sdk-storage-js/with-metadata":       nil,
		"sdk-storage-js/default-no-metadata": {"data.json", "image.png", "weird"}, // Crawlee reads other keys there, and no type
	} {
		dir := filepath.Join(samplesDir, sample)
		before := snapshot(t, dir)
		s := newSite(t, dir)
		for key, want := range types {
			if slices.Contains(without, key) {
				continue
			}
			got := s.want(200, "GET", "/key-value-stores/~my-store/records/"+key, "").header.Get("Content-Type")
			if strings.TrimSuffix(got, "; charset=utf-8") != strings.TrimSuffix(want, "; charset=utf-8") {
				t.Errorf("%s: %s has %s, want %s", sample, key, got, want)
			}
		}
		if !maps.Equal(before, snapshot(t, dir)) {
			t.Error("reading has changed the directory")
		}
	}
}
