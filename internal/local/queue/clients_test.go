package queue_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whether several clients have changed a queue is said to its clients, and known
// to the next process.
func TestSeveralClients(t *testing.T) {
	for name, c := range map[string]struct {
		served  bool
		clients []string // of a change each
		several bool
	}{
		"nobody gives a key, on a directory of one's own": {false, []string{"", "", ""}, false},
		"one client, on a directory of one's own":         {false, []string{"a", "a", "a"}, false},
		"two clients, on a directory of one's own":        {false, []string{"a", "b"}, true},
		"one client of a server":                          {true, []string{"a", "a", "a"}, false},
		"one request to a server without a key":           {true, []string{""}, false},
		"requests to a server without a key":              {true, []string{"", ""}, true},
		"two clients of a server":                         {true, []string{"a", "b", "a"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, nil, c.served)
			for i, client := range c.clients {
				f.want(201, "POST", "/requests?clientKey="+client, request(fmt.Sprint(i)))
			}
			for _, when := range []string{"the same process", "the next process"} {
				if got := f.want(200, "GET", "", "")["hadMultipleClients"]; got != c.several {
					t.Errorf("%s says hadMultipleClients %v, want %v", when, got, c.several)
				}
				if f.told.Len() > 0 {
					t.Errorf("%s told %s", when, f.told)
				}
				f.reopen()
			}
		})
	}
}

// To a server a look at the head is of a client, too.
func TestClientsOfTheHead(t *testing.T) {
	f := newFolder(t, map[string]string{idOf("a") + ".json": request("a")}, true)
	for i, want := range []bool{false, false, true, true} {
		client := []string{"a", "a", "b", "a"}[i]
		if got := f.want(200, "GET", "/head?clientKey="+client, "")["hadMultipleClients"]; got != want {
			t.Errorf("look %d: hadMultipleClients %v, want %v", i, got, want)
		}
	}
}

// What is known of clients is of the queue that they have changed: one that an SDK
// has emptied is another, one that an SDK adds to is not.
func TestClientsOfAQueueThatWasEmptied(t *testing.T) {
	f := newFolder(t, nil, false)
	f.want(201, "POST", "/requests?clientKey=a", request("a"))
	f.want(201, "POST", "/requests?clientKey=b", request("b"))
	f.write(idOf("c")+".json", request("c"))
	if got := f.want(200, "GET", "", ""); got["hadMultipleClients"] != true || got["totalRequestCount"] != 3.0 {
		t.Errorf("after an SDK has added a request: %v", got)
	}
	for _, key := range []string{"a", "b", "c"} {
		if err := os.Remove(f.path(idOf(key) + ".json")); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.want(200, "GET", "", ""); got["hadMultipleClients"] != false || got["totalRequestCount"] != 0.0 {
		t.Errorf("after an SDK has emptied the queue: %v", got)
	}
}

func TestLongClientKeys(t *testing.T) {
	f := newFolder(t, nil, false)
	f.want(201, "POST", "/requests?clientKey="+strings.Repeat("k", 32), request("a"))
	f.want(400, "POST", "/requests?clientKey="+strings.Repeat("k", 33), request("b"))
}

// A damaged index that was saved is told, and the requests are read instead.
func TestDamagedSavedIndex(t *testing.T) {
	f := newFolder(t, nil, false)
	f.want(201, "POST", "/requests?clientKey=a", request("a"))
	index := filepath.Join(f.dir, ".apifyctl", "request_queues", "default.index")
	if err := errors.Join(f.handler.Close(), os.Truncate(index, 50)); err != nil {
		t.Fatal(err)
	}
	f.open()
	if got := f.head(); got != "a" || !strings.Contains(f.told.String(), "saved index of a queue is ignored") {
		t.Errorf("head %q, told %q", got, f.told)
	}
}

// The indexes of large queues are saved at the end, for the next process, and
// those of small ones are not.
func TestLargeQueuesAreSaved(t *testing.T) {
	for requests, want := range map[int]bool{1: false, 2000: true} {
		t.Run(fmt.Sprint(requests), func(t *testing.T) {
			f := newFolder(t, nil, false)
			for n := range requests - 1 {
				f.write(idOf(fmt.Sprint(n))+".json", request(fmt.Sprint(n)))
			}
			queues := []string{"default", "other"}
			if err := os.CopyFS(filepath.Join(f.dir, "request_queues", "other"), os.DirFS(f.path(""))); err != nil {
				t.Fatal(err)
			}
			saved := func(queue string) bool {
				_, err := os.Lstat(filepath.Join(f.dir, ".apifyctl", "request_queues", queue+".index"))
				return err == nil
			}
			for _, queue := range queues {
				f.ask(201, "POST", "/request-queues/~"+queue+"/requests", request("last"))
				if saved(queue) {
					t.Errorf("the index of %s was saved for one change", queue)
				}
			}
			f.reopen()
			for _, queue := range queues {
				if got := saved(queue); got != want {
					t.Errorf("is the index of %s saved? %t, want %t", queue, got, want)
				}
				if got := f.ask(200, "GET", "/request-queues/~"+queue, "")["totalRequestCount"]; got != float64(requests) || f.told.Len() > 0 {
					t.Errorf("the next process sees %v requests in %s, and told %s", got, queue, f.told)
				}
			}
		})
	}
}
