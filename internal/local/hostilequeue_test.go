//go:build unix

package local

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/apifyctl/apifyctl/internal/inprocess"
)

// A queue's folder may come from somebody else. Nothing in it is waited for,
// nothing outside is touched, and what is left out is said.
func TestHostileQueueFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	folder := filepath.Join(dir, "request_queues", "q")
	victim := filepath.Join(outside, "victim.json")
	request := func(key string) string { return `{"uniqueKey":"` + key + `","url":"https://a.example","orderNo":5}` }
	writeFile(t, victim, request("victim"))
	writeFile(t, filepath.Join(folder, requestID("good")+".json"), request("good"))
	writeFile(t, filepath.Join(folder, "bad\xff\x1b[31m.json"), request("not UTF-8"))
	writeFile(t, filepath.Join(folder, "empty.json"), "")
	for _, made := range []error{
		os.Symlink(victim, filepath.Join(folder, requestID("victim")+".json")),
		os.Symlink("/dev/zero", filepath.Join(folder, "zero.json")),
		os.Link(victim, filepath.Join(folder, "linked.json")),
		os.Mkdir(filepath.Join(folder, "folder.json"), 0o777),
		unix.Mkfifo(filepath.Join(folder, "pipe.json"), 0o666),
		unix.Mkfifo(filepath.Join(folder, requestID("piped")+".json"), 0o666),
	} {
		if made != nil {
			t.Fatal(made)
		}
	}
	before := snapshot(t, outside)
	var said bytes.Buffer
	h, err := Open(dir, Options{Logger: slog.New(slog.NewJSONHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &site{t, dir, h, &http.Client{Transport: inprocess.New(h), Timeout: time.Minute}}
	if got := s.want(200, "GET", queuePath, "").data(t)["totalRequestCount"]; got != 3.0 {
		t.Errorf("%v requests", got)
	}
	for _, name := range []string{requestID("victim"), "zero", "folder", "pipe", requestID("piped"), "empty"} {
		if got := strings.Count(said.String(), name+".json"); got == 0 {
			t.Errorf("%s was left out, and nothing was said", name)
		}
	}
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=60&clientKey=a", "")
	s.want(200, "PUT", queuePath+"/requests/"+requestID("victim"), `{"url":"u","uniqueKey":"victim","handledAt":"2026-01-01T00:00:00Z"}`)
	s.want(200, "POST", queuePath+"/requests/unlock?clientKey=a", "")
	s.want(409, "POST", queuePath+"/requests", `{"url":"u","uniqueKey":"piped"}`)
	s.want(204, "DELETE", queuePath+"/requests/"+requestID("not UTF-8"), "")
	if after := snapshot(t, outside); after[victim] != before[victim] || len(after) != len(before) {
		t.Errorf("outside it is %v, was %v", after, before)
	}
}

// A saved index that leads somewhere else is not followed, and not written
// through.
func TestSavedIndexIsNoLink(t *testing.T) {
	s := queueSite(t)
	victim := filepath.Join(t.TempDir(), "victim")
	writeFile(t, victim, "text")
	index := filepath.Join(s.dir, ".apifyctl", "request_queues", "q.index")
	if err := os.Symlink(victim, index); err != nil {
		t.Fatal(err)
	}
	s.want(201, "POST", queuePath+"/requests", requestBody(1))
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=60&clientKey=a", "")
	if text, err := os.ReadFile(victim); err != nil || string(text) != "text" {
		t.Errorf("the file that a link leads to is now %q, %v", text, err)
	}
	if info, err := os.Lstat(index); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the index is %v, %v", info, err)
	}
}

// A lock is written into the request's file, which stays the one it is, unless it
// has another name somewhere.
func TestLocksAreWrittenIntoTheFile(t *testing.T) {
	s := queueSite(t)
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 2))
	name := func(n int) string { return filepath.Join(s.dir, "request_queues", "q", idOf(n)+".json") }
	backup := filepath.Join(t.TempDir(), "backup.json")
	if err := os.Link(name(1), backup); err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	var before, after [2]os.FileInfo
	for n := range before {
		if before[n], err = os.Lstat(name(n)); err != nil {
			t.Fatal(err)
		}
	}
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=60&clientKey=a", "")
	for n := range after {
		if after[n], err = os.Lstat(name(n)); err != nil {
			t.Fatal(err)
		}
	}
	if !os.SameFile(before[0], after[0]) || before[0].Size() != after[0].Size() {
		t.Error("the file has become another one")
	}
	if text, err := os.ReadFile(backup); os.SameFile(before[1], after[1]) || err != nil || !bytes.Equal(text, was) {
		t.Errorf("the file's other name was written to: %v, %s", err, text)
	}
	// Others see it, and see it go.
	other := newSite(t, s.dir)
	if got := other.want(200, "GET", queuePath+"/requests?filter=locked", "").keys(t); len(strings.Fields(got)) != 2 {
		t.Errorf("another process sees %q locked", got)
	}
	s.want(200, "POST", queuePath+"/requests/unlock?clientKey=a", "")
	if got := other.want(200, "GET", queuePath+"/requests?filter=pending", "").keys(t); len(strings.Fields(got)) != 2 {
		t.Errorf("another process sees %q pending", got)
	}
}
