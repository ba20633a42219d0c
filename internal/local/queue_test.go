package local

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// queueSite has a queue "q".
func queueSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/request-queues?name=q", "")
	return s
}

const queuePath = "/request-queues/~q"

func requestBody(n int) string {
	return fmt.Sprintf(`{"url":"https://example.com/%d","uniqueKey":"%d"}`, n, n)
}

func batchBody(from, to int) string {
	var all []string
	for n := from; n < to; n++ {
		all = append(all, requestBody(n))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// keys are the unique keys in an answer's items, in their order.
func (r reply) keys(t *testing.T) string {
	t.Helper()
	var answer struct {
		Data struct {
			Items []struct{ UniqueKey string }
		}
	}
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil {
		t.Fatal(err, r.body)
	}
	var keys []string
	for _, item := range answer.Data.Items {
		keys = append(keys, item.UniqueKey)
	}
	return strings.Join(keys, " ")
}

func idOf(n int) string { return requestID(fmt.Sprint(n)) }

func TestQueueOrderAndDeduplication(t *testing.T) {
	s := queueSite(t)
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 4))
	s.want(201, "POST", queuePath+"/requests?forefront=1", requestBody(10))
	s.want(201, "POST", queuePath+"/requests?forefront=1", requestBody(11))
	again := s.want(201, "POST", queuePath+"/requests", requestBody(2)).data(t)
	if again["wasAlreadyPresent"] != true || again["wasAlreadyHandled"] != false || again["requestId"] != idOf(2) {
		t.Error(again)
	}
	s.want(200, "PUT", queuePath+"/requests/"+idOf(1), `{"url":"u","uniqueKey":"1","handledAt":"2026-01-01T00:00:00Z"}`)
	if again := s.want(201, "POST", queuePath+"/requests", requestBody(1)).data(t); again["wasAlreadyHandled"] != true {
		t.Error(again)
	}
	// A handler that starts anew sees the same.
	for _, each := range []*site{s, newSite(t, s.dir)} {
		if got := each.want(200, "GET", queuePath+"/head", "").keys(t); got != "11 10 0 2 3" {
			t.Errorf("head %q", got)
		}
		facts := each.want(200, "GET", queuePath, "").data(t)
		if facts["totalRequestCount"] != 6.0 || facts["handledRequestCount"] != 1.0 || facts["pendingRequestCount"] != 5.0 {
			t.Error(facts)
		}
	}
	s.want(400, "POST", queuePath+"/requests", `{"id":"123456789012345","url":"u","uniqueKey":"x"}`)
	s.want(400, "POST", queuePath+"/requests/batch", batchBody(0, 26))
	s.want(400, "POST", queuePath+"/requests", `{"url":"u"}`)
	s.want(404, "GET", queuePath+"/requests/nothing", "")
	s.want(204, "DELETE", queuePath+"/requests/"+idOf(3), "")
	s.want(404, "DELETE", queuePath+"/requests/"+idOf(3), "")
}

func TestQueueListPages(t *testing.T) {
	s := queueSite(t)
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 20))
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=60&limit=5&clientKey=a", "")
	seen, cursor := 0, ""
	for {
		page := s.want(200, "GET", queuePath+"/requests?limit=6&filter=pending&cursor="+cursor, "")
		if got := page.keys(t); got != "" {
			seen += len(strings.Fields(got))
		}
		next, more := page.data(t)["nextCursor"].(string)
		if !more {
			break
		}
		cursor = next
	}
	if seen != 15 {
		t.Errorf("%d pending requests listed", seen)
	}
	if got := len(strings.Fields(s.want(200, "GET", queuePath+"/requests?filter=locked", "").keys(t))); got != 5 {
		t.Errorf("%d locked requests listed", got)
	}
	s.want(400, "GET", queuePath+"/requests?filter=handled", "")
}

func TestLocksBelongToTheirClient(t *testing.T) {
	s := queueSite(t)
	s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 3))
	if got := s.want(201, "POST", queuePath+"/head/lock?lockSecs=60&limit=2&clientKey=a", "").keys(t); got != "0 1" {
		t.Fatalf("locked %q", got)
	}
	// The holder is remembered by a handler that starts anew.
	other := newSite(t, s.dir)
	if got := other.want(201, "POST", queuePath+"/head/lock?lockSecs=60&clientKey=b", "").keys(t); got != "2" {
		t.Errorf("locked %q", got)
	}
	lock := queuePath + "/requests/" + idOf(0) + "/lock"
	other.want(403, "PUT", lock+"?lockSecs=9&clientKey=b", "")
	other.want(403, "DELETE", lock+"?clientKey=b", "")
	other.want(200, "PUT", lock+"?lockSecs=9&clientKey=a", "")
	s.want(204, "DELETE", lock+"?clientKey=a", "")
	s.want(404, "DELETE", lock+"?clientKey=a", "")
	if got := s.want(200, "POST", queuePath+"/requests/unlock?clientKey=a", "").data(t)["unlockedCount"]; got != 1.0 {
		t.Errorf("unlocked %v", got)
	}
	if got := s.want(200, "GET", queuePath+"/head", "").keys(t); got != "0 1" {
		t.Errorf("head %q", got)
	}
	if s.want(200, "GET", queuePath, "").data(t)["hadMultipleClients"] != true {
		t.Error("two clients were not noticed")
	}
	s.want(400, "POST", queuePath+"/head/lock?lockSecs=60&clientKey="+strings.Repeat("x", 33), "")
}

func TestLocksExpire(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, dir)
		s.want(201, "POST", "/request-queues?name=q", "")
		s.want(201, "POST", queuePath+"/requests/batch", batchBody(0, 2))
		s.want(201, "POST", queuePath+"/head/lock?lockSecs=10&limit=1&clientKey=a", "")
		if got := s.want(200, "GET", queuePath+"/head", "").keys(t); got != "1" {
			t.Errorf("head %q", got)
		}
		time.Sleep(11 * time.Second)
		if got := s.want(200, "GET", queuePath+"/head", "").keys(t); got != "1 0" {
			t.Errorf("head %q", got)
		}
		s.want(404, "PUT", queuePath+"/requests/"+idOf(0)+"/lock?lockSecs=9&clientKey=a", "")
	})
}

func TestForeignQueueFiles(t *testing.T) {
	s := queueSite(t)
	folder := filepath.Join(s.dir, "request_queues", "q")
	writeFile(t, filepath.Join(folder, "0123456789abcde.json"), `{"unique_key":"p","url":"https://p/","user_data":{"label":"L"},"retry_count":2,"handled_at":null}`)
	writeFile(t, filepath.Join(folder, requestID("c4")+".json"), `{"id":"x","uniqueKey":"c4","url":"https://c/","orderNo":-5}`)
	if got := s.want(200, "GET", queuePath+"/head", "").keys(t); got != "c4 p" {
		t.Errorf("head %q", got)
	}
	id := requestID("p")
	if got := s.want(200, "GET", queuePath+"/requests/"+id, "").body; got != `{"data":{"id":"`+id+`","uniqueKey":"p","url":"https://p/","userData":{"label":"L"},"retryCount":2}}`+"\n" {
		t.Error(got)
	}
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=10&clientKey=a", "")
	if text, err := os.ReadFile(filepath.Join(folder, "0123456789abcde.json")); err != nil || !strings.Contains(string(text), `"retry_count": 2`) || !strings.Contains(string(text), "apifyctlLock") {
		t.Errorf("the SDK's file is not locked in its layout: %s", text)
	}
	if got := s.want(200, "GET", queuePath, "").data(t)["totalRequestCount"]; got != 2.0 {
		t.Error(got)
	}
	writeFile(t, filepath.Join(folder, "db.sqlite"), "SQLite format 3")
	s.want(400, "GET", queuePath+"/head", "")
}

// Eight clients, each with a handler of its own as a process would have,
// drain a queue; some forget what they hold, as after a crash.
func TestClientsDrainAQueue(t *testing.T) {
	requests := 300
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		requests = 3000
	}
	s := queueSite(t)
	for n := 0; n < requests; n += 25 {
		s.want(201, "POST", queuePath+"/requests/batch", batchBody(n, n+25))
	}
	var mutex sync.Mutex
	holder, times := map[string]string{}, map[string]int{}
	var group sync.WaitGroup
	for c := range 8 {
		client := newSite(t, s.dir)
		key := fmt.Sprint("client", c)
		group.Go(func() {
			for round := 0; ; round++ {
				keys := strings.Fields(client.want(201, "POST", queuePath+"/head/lock?lockSecs=600&limit=9&clientKey="+key, "").keys(t))
				if len(keys) == 0 {
					return
				}
				mutex.Lock()
				for _, k := range keys {
					if holder[k] != "" {
						t.Errorf("%s is locked by %s and %s", k, holder[k], key)
					}
					holder[k] = key
				}
				mutex.Unlock()
				if round%5 == c%5 { // dies, and what it held is given back
					mutex.Lock()
					for _, k := range keys {
						holder[k] = ""
					}
					client.want(200, "POST", queuePath+"/requests/unlock?clientKey="+key, "")
					mutex.Unlock()
					client = newSite(t, s.dir)
					continue
				}
				for _, k := range keys {
					client.want(200, "PUT", queuePath+"/requests/"+requestID(k)+"?clientKey="+key,
						`{"url":"u","uniqueKey":"`+k+`","handledAt":"2026-01-01T00:00:00Z"}`)
					mutex.Lock()
					times[k]++
					mutex.Unlock()
				}
			}
		})
	}
	group.Wait()
	for n := range requests {
		if times[fmt.Sprint(n)] != 1 {
			t.Errorf("request %d was handled %d times", n, times[fmt.Sprint(n)])
		}
	}
	if got := s.want(200, "GET", queuePath, "").data(t); got["handledRequestCount"] != float64(requests) || got["pendingRequestCount"] != 0.0 {
		t.Error(got)
	}
}

// killedDir makes this test binary a process that works on a queue until it is
// killed; it prints what was acknowledged.
const killedDir = "APIFYCTL_TEST_KILLED_DIR"

// survivors is what processes that were killed had been told.
type survivors struct {
	added, handled map[string]bool
	locked         map[string]string // the client by key
}

func TestQueueSurvivesKill(t *testing.T) {
	if dir := os.Getenv(killedDir); dir != "" {
		workUntilKilled(t, newSite(t, dir), os.Getenv("ROUND"))
		return
	}
	rounds := 8
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		rounds = 100
	}
	s := queueSite(t)
	told := &survivors{map[string]bool{}, map[string]bool{}, map[string]string{}}
	for round := range rounds {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestQueueSurvivesKill$")
		command.Env = append(os.Environ(), killedDir+"="+s.dir, fmt.Sprint("ROUND=", round))
		var printed strings.Builder
		command.Stdout = &printed
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20*time.Millisecond + rand.N(150*time.Millisecond))
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
		lines := strings.Split(printed.String(), "\n")
		for _, line := range lines[:len(lines)-1] {
			switch what, key, _ := strings.Cut(line, " "); what {
			case "added":
				told.added[key] = true
			case "handled":
				told.handled[key] = true
			case "locked":
				told.locked[key] = fmt.Sprint("client", round)
			}
		}
		for _, each := range []*site{s, newSite(t, s.dir)} {
			told.check(t, each)
		}
	}
	t.Logf("%d added, %d locked, %d handled", len(told.added), len(told.locked), len(told.handled))
	if len(told.added) == 0 || len(told.handled) == 0 || len(told.locked) == len(told.handled) {
		t.Error("the processes died too early")
	}
}

// workUntilKilled adds, locks and handles requests, in several goroutines.
func workUntilKilled(t *testing.T, s *site, round string) {
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for n := 0; ; n++ {
				key := fmt.Sprintf("%s.%d.%d", round, worker, n)
				s.want(201, "POST", queuePath+"/requests", `{"url":"u","uniqueKey":"`+key+`"}`)
				fmt.Printf("added %s\n", key)
				for i, k := range strings.Fields(s.want(201, "POST", queuePath+"/head/lock?lockSecs=6000&limit=2&clientKey=client"+round, "").keys(t)) {
					fmt.Printf("locked %s\n", k)
					if i == 0 {
						s.want(200, "PUT", queuePath+"/requests/"+requestID(k), `{"url":"u","uniqueKey":"`+k+`","handledAt":"2026-01-01T00:00:00Z"}`)
						fmt.Printf("handled %s\n", k)
					}
				}
			}
		})
	}
	group.Wait()
}

// check finds everything in the state in which it was acknowledged. What was
// under way may have happened.
func (v *survivors) check(t *testing.T, s *site) {
	t.Helper()
	found, cursor := map[string]map[string]any{}, ""
	for more := true; more; {
		page := s.want(200, "GET", queuePath+"/requests?cursor="+cursor, "").data(t)
		items, _ := page["items"].([]any)
		for _, item := range items {
			request, _ := item.(map[string]any)
			key, _ := request["uniqueKey"].(string)
			found[key] = request
		}
		cursor, more = page["nextCursor"].(string)
	}
	for key := range v.added {
		if found[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
	for key := range v.handled {
		if found[key]["handledAt"] == nil {
			t.Errorf("%s came back: %v", key, found[key])
		}
	}
	for key, client := range v.locked {
		if found[key]["handledAt"] == nil && found[key]["lockByClient"] != client {
			t.Errorf("%s is no longer locked by %s: %v", key, client, found[key])
		}
	}
}
