package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// samplesDir holds directories as the SDKs left them.
const samplesDir = "../../../shared/apify"

func TestSamplesListAndRead(t *testing.T) {
	if _, err := os.Stat(samplesDir); err != nil {
		t.Skipf("SKIPPED: the SDKs' sample directories are not here: %v", err)
	}
	dirs, err := filepath.Glob(filepath.Join(samplesDir, "sdk-storage-js", "*-*"))
	if err != nil || len(dirs) < 3 {
		t.Fatalf("found samples %v, %v", dirs, err)
	}
	for _, dir := range append(dirs, filepath.Join(samplesDir, "sdk-storage-legacy")) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			before := snapshot(t, dir)
			s := newSite(t, dir)
			for _, k := range directory.Kinds() {
				folders, err := os.ReadDir(filepath.Join(dir, k.Folder()))
				if err != nil {
					t.Fatal(err)
				}
				listed := s.want(200, "GET", "/"+k.Path()+"?unnamed=1", "").data(t)
				items, _ := listed["items"].([]any)
				if len(items) != len(folders) || len(items) == 0 {
					t.Errorf("%s: %d listed, %d on disk", k, len(items), len(folders))
				}
				for _, item := range items {
					object, _ := item.(map[string]any)
					id, _ := object["id"].(string)
					if !directory.ValidID(id) {
						t.Errorf("%s has the ID %q", k, id)
					}
					one := s.want(200, "GET", "/"+k.Path()+"/"+id, "").data(t)
					if object["name"] == "" { // what lists of datasets and queues say for null
						object["name"] = nil
					}
					if stats, ok := one["stats"].(map[string]any); ok {
						delete(stats, "inflatedBytes") // lists leave it out
					}
					if fmt.Sprint(one) != fmt.Sprint(object) {
						t.Errorf("listed %v, alone %v", object, one)
					}
					if name, ok := object["name"].(string); ok {
						byName := s.want(200, "GET", "/"+k.Path()+"/~"+name, "").data(t)
						if byName["id"] != id {
							t.Errorf("%s is %v by name and %s by ID", name, byName["id"], id)
						}
					}
					if k == directory.Datasets {
						readsEverything(t, s, id, one["itemCount"])
					}
				}
			}
			if after := snapshot(t, dir); !maps.Equal(before, after) {
				t.Error("reading has changed the directory")
			}
		})
	}
}

func readsEverything(t *testing.T, s *site, id string, count any) {
	t.Helper()
	got := s.want(200, "GET", "/datasets/"+id+"/items", "")
	var items []json.RawMessage
	if err := json.Unmarshal([]byte(got.body), &items); err != nil {
		t.Fatal(err)
	}
	if len(items) == 0 || fmt.Sprint(count) != fmt.Sprint(len(items)) {
		t.Errorf("itemCount %v, %d items", count, len(items))
	}
}

func TestSampleQueueCounts(t *testing.T) {
	dir := filepath.Join(samplesDir, "sdk-storage-js", "with-metadata")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the SDKs' sample directories are not here: %v", err)
	}
	got := newSite(t, dir).want(200, "GET", "/request-queues/~my-queue", "").data(t)
	if got["totalRequestCount"] != 4.0 || got["handledRequestCount"] != 1.0 || got["pendingRequestCount"] != 3.0 {
		t.Errorf("got %v", got)
	}
}
