package local

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// diesUnder makes what the journal tells look as if the machine had died since.
func diesUnder(t *testing.T, s *site, journal string) {
	t.Helper()
	name := filepath.Join(s.dir, filepath.FromSlash(journal))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	var head journalHead
	if err := json.Unmarshal([]byte(first), &head); err != nil {
		t.Fatal(err)
	}
	head.Boot = "an earlier one"
	line, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, name, string(line)+"\n"+rest)
}

func TestQueueAfterTheMachineDied(t *testing.T) {
	s := queueSite(t)
	folder := filepath.Join(s.dir, "request_queues", "q")
	file := func(n int) string { return filepath.Join(folder, requestIDOf(fmt.Sprint(n)).file()) }
	read := func(n int) string {
		text, err := os.ReadFile(file(n))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	handle := func(n int) {
		s.want(200, "PUT", queuePath+"/requests/"+idOf(n), fmt.Sprintf(`{"url":"u","uniqueKey":"%d","handledAt":"2026-01-01T00:00:00Z"}`, n))
	}
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 10))
	pending := read(0)
	handle(0)
	handle(1)
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=600&limit=1&clientKey=a", "") // 2
	s.want(204, "DELETE", queuePath+"/requests/"+idOf(8), "")
	s.want(204, "DELETE", queuePath+"/requests/"+idOf(9), "")
	if err := s.handler.Close(); err != nil {
		t.Fatal(err)
	}
	diesUnder(t, s, journalFile(requestQueues, "q"))

	old := time.Now().Add(-time.Hour)
	aged := func(n int, text string) {
		writeFile(t, file(n), text)
		if err := os.Chtimes(file(n), old, old); err != nil {
			t.Fatal(err)
		}
	}
	aged(0, pending)                           // the rename did not get to the disk
	writeFile(t, file(1), "")                  // its content did not
	aged(2, "")                                // nor a lock's
	aged(9, read(3))                           // a deletion did not
	if err := os.Remove(file(4)); err != nil { // an addition did not
		t.Fatal(err)
	}
	// Somebody else went on after the start.
	crawlee := strings.Replace(read(5), `"retryCount": 0`, `"retryCount": 7`, 1)
	later := time.Now().Add(time.Minute)
	// What names led to before was used again for others.
	for n, other := range map[int]string{6: read(7), 8: read(7)} {
		writeFile(t, file(n), other)
		if err := os.Chtimes(file(n), later, later); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, file(5), crawlee)
	if err := os.Chtimes(file(5), later, later); err != nil {
		t.Fatal(err)
	}

	again := newSite(t, s.dir)
	if got := again.want(200, "GET", queuePath+"/head", "").keys(t); got != "3 4 5 6 7" {
		t.Errorf("head %q", got)
	}
	facts := again.want(200, "GET", queuePath, "").data(t)
	if facts["totalRequestCount"] != 8.0 || facts["handledRequestCount"] != 2.0 {
		t.Error(facts)
	}
	again.want(403, "DELETE", queuePath+"/requests/"+idOf(2)+"/lock?clientKey=b", "")
	again.want(404, "GET", queuePath+"/requests/"+idOf(8), "")
	again.want(404, "GET", queuePath+"/requests/"+idOf(9), "")
	if read(5) != crawlee {
		t.Error("what was written later is gone")
	}
	if _, err := os.Stat(filepath.Join(s.dir, filepath.FromSlash(journalFile(requestQueues, "q")))); !os.IsNotExist(err) {
		t.Error("the journal is still there:", err)
	}
}

// A journal that has grown is settled while the queue is in use.
func TestQueueJournalIsSettled(t *testing.T) {
	s := queueSite(t)
	name := filepath.Join(s.dir, filepath.FromSlash(journalFile(requestQueues, "q")))
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 5))
	if _, err := os.Stat(name); err != nil {
		t.Fatal(err)
	}
	if err := s.handler.settleQueue(t.Context(), "q"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Error("it is still there:", err)
	}
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(5, 7))
	diesUnder(t, s, journalFile(requestQueues, "q"))
	if err := os.Remove(filepath.Join(s.dir, "request_queues", "q", requestIDOf("6").file())); err != nil {
		t.Fatal(err)
	}
	again := newSite(t, s.dir)
	if err := again.handler.settleQueue(t.Context(), "q"); err != nil {
		t.Fatal(err)
	}
	if got := again.want(200, "GET", queuePath+"/head", "").keys(t); got != "0 1 2 3 4 5 6" {
		t.Errorf("head %q", got)
	}
	if err := again.handler.settleQueue(t.Context(), "q"); err != nil { // there is none
		t.Error(err)
	}
}

// A queue that was deleted and made again must not get the old one's journal.
func TestJournalBelongsToItsFolder(t *testing.T) {
	s := queueSite(t)
	folder := filepath.Join(s.dir, "request_queues", "q")
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 5))
	journal, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(journalFile(requestQueues, "q"))))
	if err != nil {
		t.Fatal(err)
	}
	s.want(204, "DELETE", queuePath, "")
	s.want(201, "POST", "/request-queues?name=q", "")
	writeFile(t, filepath.Join(s.dir, filepath.FromSlash(journalFile(requestQueues, "q"))), string(journal))
	diesUnder(t, s, journalFile(requestQueues, "q"))
	again := newSite(t, s.dir)
	again.want(201, "POST", queuePath+"/requests/batch", batchBody(7, 8))
	if got := again.want(200, "GET", queuePath+"/head", "").keys(t); got != "7" {
		t.Errorf("head %q", got)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
}

func TestRenamedQueueKeepsWhoUsedIt(t *testing.T) {
	s := queueSite(t)
	s.want(201, "POST", queuePath+"/requests/batch?clientKey=a", batchBody(0, 2))
	s.want(201, "POST", queuePath+"/requests/batch?clientKey=b", batchBody(2, 4))
	s.want(200, "PUT", queuePath, `{"name":"other"}`)
	facts := s.want(200, "GET", "/request-queues/~other", "").data(t)
	if facts["hadMultipleClients"] != true || facts["totalRequestCount"] != 4.0 {
		t.Error(facts)
	}
	s.want(201, "POST", "/request-queues?name=q", "")
	if facts := s.want(200, "GET", queuePath, "").data(t); facts["hadMultipleClients"] != false || facts["totalRequestCount"] != 0.0 {
		t.Error("a new queue has what the old one left:", facts)
	}
}

// A large queue is opened without reading its files, and what others have
// changed meanwhile is seen all the same.
func TestSavedIndexIsUsedAndChecked(t *testing.T) {
	s := queueSite(t)
	folder := filepath.Join(s.dir, "request_queues", "q")
	const requests = saveAtEnd + 25
	for n := 0; n < requests; n += 25 {
		s.want(201, "POST", queuePath+"/requests/batch", batchBody(n, n+25))
	}
	if err := s.handler.Close(); err != nil {
		t.Fatal(err)
	}
	// Written in place, and so without a change of the folder: only who reads
	// the file notices.
	first := filepath.Join(folder, requestIDOf("0").file())
	writeFile(t, first, "nothing")
	again := newSite(t, s.dir)
	if got := again.want(200, "GET", queuePath, "").data(t)["totalRequestCount"]; got != float64(requests) {
		t.Errorf("%v requests: the files were read", got)
	}
	// As Crawlee writes: the folder's time changes.
	for n, text := range map[int]string{0: `{"id":"x","json":"{}","orderNo":null,"uniqueKey":"0","url":"u"}`, 5000: `{"id":"x","json":"{\"url\":\"u\",\"uniqueKey\":\"5000\"}","orderNo":1,"uniqueKey":"5000","url":"u"}`} {
		name := filepath.Join(folder, requestIDOf(fmt.Sprint(n)).file())
		writeFile(t, name+".tmp", text)
		if err := os.Rename(name+".tmp", name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(folder, requestIDOf("1").file())); err != nil {
		t.Fatal(err)
	}
	for _, each := range []*site{again, newSite(t, s.dir)} {
		facts := each.want(200, "GET", queuePath, "").data(t)
		if facts["totalRequestCount"] != float64(requests) || facts["handledRequestCount"] != 1.0 {
			t.Error(facts)
		}
		if got := each.want(200, "GET", queuePath+"/head?limit=2", "").keys(t); got != "5000 2" {
			t.Errorf("head %q", got)
		}
	}
}
