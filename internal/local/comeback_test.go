package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Whatever is deleted outside of our programs, as an SDK does when it purges a
// storage, or a user by hand, stays deleted: for the process that has put it
// there, for one that starts later, and when an earlier version has left a journal.
// There is nothing that could tell a restart of the machine from any other.
func TestNothingComesBack(t *testing.T) {
	for kind, put := range map[string]func(*site){
		"datasets":         func(s *site) { s.want(201, "POST", "/datasets/~x/items", numbersFrom(1, 5)) },
		"key-value-stores": func(s *site) { s.want(201, "PUT", "/key-value-stores/~x/records/k", "value") },
		"request-queues":   func(s *site) { s.want(201, "POST", "/request-queues/~x/requests/batch", batchBody(0, 5)) },
		"large queue": func(s *site) { // its index is saved
			for n := 0; n < 2100; n += 25 {
				s.want(201, "POST", "/request-queues/~x/requests/batch", batchBody(n, n+25))
			}
		},
	} {
		for how, remove := range map[string]func(folder string) error{
			"files":  removeFiles,
			"folder": func(folder string) error { return errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o777)) },
		} {
			for _, journal := range []bool{false, true} {
				if kind == "large queue" && !journal {
					continue // it takes a while
				}
				t.Run(fmt.Sprintf("%s, %s removed, journal %t", kind, how, journal), func(t *testing.T) {
					path := "/" + kind
					if kind == "large queue" {
						path = "/request-queues"
					}
					nothingComesBack(t, path, put, remove, journal)
				})
			}
		}
	}
}

func nothingComesBack(t *testing.T, path string, put func(*site), remove func(folder string) error, journal bool) {
	dir := t.TempDir()
	first := newSite(t, dir)
	first.want(201, "POST", path+"?name=x", "")
	put(first)
	if err := first.handler.Close(); err != nil {
		t.Fatal(err)
	}
	folder := map[string]string{"/datasets": "datasets", "/key-value-stores": "key_value_stores", "/request-queues": "request_queues"}[path]
	if journal {
		id := requestID("0")
		writeFile(t, filepath.Join(dir, durable.PrivateFolder, folder, "x.journal"),
			`{"boot":"","version":1}`+"\n"+`{"name":"`+id+`.json","text":"{}"}`+"\n")
	}
	if err := remove(filepath.Join(dir, folder, "x")); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*site{"the same": first, "another": newSite(t, dir)} {
		// What was changed just now may take a moment to be seen by who has an index.
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			got := count(t, s, path)
			if got == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s process sees %v", name, got)
			}
		}
	}
	if left := namesIn(t, filepath.Join(dir, folder, "x")); len(left) > 0 {
		t.Errorf("reading has brought back %v", left)
	}
	// Nor does the next change bring anything back.
	put(newSite(t, dir))
	again := count(t, newSite(t, dir), path)
	if err := remove(filepath.Join(dir, folder, "x")); err != nil {
		t.Fatal(err)
	}
	if got := count(t, newSite(t, dir), path); got != 0 || again == 0 {
		t.Errorf("%v were put again, %v are left of them", again, got)
	}
}

// count is how much a storage called x holds.
func count(t *testing.T, s *site, path string) int {
	t.Helper()
	switch path {
	case "/datasets":
		n, _ := s.want(200, "GET", path+"/~x", "").data(t)["itemCount"].(float64)
		return int(n)
	case "/key-value-stores":
		items, _ := s.want(200, "GET", path+"/~x/keys", "").data(t)["items"].([]any)
		return len(items)
	}
	object := s.want(200, "GET", path+"/~x", "").data(t)
	items, _ := s.want(200, "GET", path+"/~x/requests", "").data(t)["items"].([]any)
	n, _ := object["totalRequestCount"].(float64)
	return max(int(n), len(items)) // which may differ for as long as the index is old
}

func removeFiles(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.Remove(filepath.Join(folder, entry.Name())))
	}
	return err
}

func namesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
