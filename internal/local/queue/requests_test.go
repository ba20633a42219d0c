package queue_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// The metadata of an SDK says when its queue was changed.
func TestTimeOfTheLastChange(t *testing.T) {
	f := newFolder(t, map[string]string{"__metadata__.json": metadata, idOf("a") + ".json": request("a")}, false)
	f.want(201, "POST", "/requests", request("a"))
	if text := f.read("__metadata__.json"); text != metadata {
		t.Errorf("a request that is there already has changed %s", text)
	}
	f.want(201, "POST", "/requests", request("b"))
	if text := f.read("__metadata__.json"); strings.Count(text, "2020-01-02") != 1 {
		t.Errorf("after a request was added the metadata is %s", text)
	}
}

// Requests of a batch keep their order, at the end and in front.
func TestOrderOfBatches(t *testing.T) {
	f := newFolder(t, nil, false)
	batch := func(query string, keys ...string) {
		var all []string
		for _, key := range keys {
			all = append(all, request(key))
		}
		f.want(201, "POST", "/requests/batch"+query, "["+strings.Join(all, ",")+"]")
	}
	batch("", "a", "b", "c")
	batch("?forefront=1", "x", "y")
	batch("", "d", "e")
	batch("?forefront=1", "z")
	if got := f.head(); got != "z y x a b c d e" {
		t.Errorf("head %q", got)
	}
}

// A lock ends with the request where it was, in front or not.
func TestUnlockedRequestsKeepTheirEnd(t *testing.T) {
	f := newFolder(t, nil, false)
	for _, key := range []string{"a", "b"} {
		f.want(201, "POST", "/requests", request(key))
	}
	f.want(201, "POST", "/requests?forefront=1", request("front"))
	locked := f.want(201, "POST", "/head/lock?lockSecs=60&limit=2&clientKey=me", "")
	if keysOf(locked) != "front a" || locked["lockSecs"] != 60.0 || locked["queueHasLockedRequests"] != true || locked["clientKey"] != "me" {
		t.Errorf("locked %v", locked)
	}
	f.want(200, "POST", "/requests/unlock?clientKey=me", "")
	if got := f.head(); got != "front b a" {
		t.Errorf("head after the locks were released %q", got)
	}
}

// A lock can be given back with the request in front of all others, or behind.
func TestLocksThatAreGivenBack(t *testing.T) {
	f := newFolder(t, nil, false)
	for _, key := range []string{"a", "b", "c"} {
		f.want(201, "POST", "/requests", request(key))
	}
	f.want(201, "POST", "/head/lock?lockSecs=60&limit=2&clientKey=me", "")
	f.want(204, "DELETE", "/requests/"+idOf("b")+"/lock?forefront=1&clientKey=me", "")
	f.want(204, "DELETE", "/requests/"+idOf("a")+"/lock?clientKey=me", "")
	if got := f.head(); got != "b c a" {
		t.Errorf("head %q", got)
	}
	f.want(201, "POST", "/head/lock?lockSecs=60&limit=2&clientKey=me", "") // b and c
	f.want(200, "PUT", "/requests/"+idOf("b")+"/lock?lockSecs=60&clientKey=me", "")
	f.want(200, "PUT", "/requests/"+idOf("c")+"/lock?lockSecs=60&forefront=1&clientKey=me", "")
	f.want(200, "POST", "/requests/unlock?clientKey=me", "")
	if got := f.head(); got != "c a b" {
		t.Errorf("head after their locks were prolonged %q", got)
	}
}

// What an SDK has handled in its file is passed over, for what comes next.
func TestHandledRequestsAreNotHandedOut(t *testing.T) {
	f := newFolder(t, nil, false)
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		f.want(201, "POST", "/requests", request(key))
	}
	for _, key := range []string{"a", "b"} {
		f.write(idOf(key)+".json", request(key, `,"orderNo":null`+handled))
	}
	if got := keysOf(f.want(201, "POST", "/head/lock?lockSecs=60&limit=2", "")); got != "c d" {
		t.Errorf("locked %q", got)
	}
}

// Whose locks are released, by who asks.
func TestReleasingLocks(t *testing.T) {
	for name, c := range map[string]struct {
		served   bool
		client   string
		unlocked float64
	}{
		"a client of a server":                 {true, "a", 1},
		"a server's client that has none":      {true, "c", 0},
		"nobody, of a server":                  {true, "", 1},
		"a client on a directory of one's own": {false, "b", 1},
		"nobody on a directory of one's own":   {false, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, nil, c.served)
			for _, client := range []string{"a", "b", ""} {
				f.want(201, "POST", "/requests", request("of "+client))
				f.want(201, "POST", "/head/lock?lockSecs=60&clientKey="+client, "")
			}
			if got := f.want(200, "POST", "/requests/unlock?clientKey="+c.client, "")["unlockedCount"]; got != c.unlocked {
				t.Errorf("%v were released, want %v", got, c.unlocked)
			}
			if got := len(strings.Fields(strings.ReplaceAll(f.head(), "of ", "of"))); float64(got) != c.unlocked {
				t.Errorf("%d are to be had, want %v", got, c.unlocked)
			}
		})
	}
}

func TestLongestLock(t *testing.T) {
	f := newFolder(t, nil, false)
	f.want(201, "POST", "/requests", request("a"))
	f.want(400, "POST", "/head/lock?lockSecs=0", "")
	f.want(400, "POST", "/head/lock?lockSecs="+strconv.Itoa(10*365*24*3600+1), "")
	if got := f.want(201, "POST", "/head/lock?lockSecs="+strconv.Itoa(10*365*24*3600), ""); keysOf(got) != "a" {
		t.Errorf("locked %v", got)
	}
}

// What a list says of its page, and of locks.
func TestListedRequests(t *testing.T) {
	f := newFolder(t, nil, false)
	for _, key := range []string{"a", "b"} {
		f.want(201, "POST", "/requests", request(key))
	}
	for limit, want := range map[string]float64{"": 10_000, "0": 10_000, "1": 1, "10000": 10_000, "20000": 10_000} {
		if got := f.want(200, "GET", "/requests?limit="+limit, "")["limit"]; got != want {
			t.Errorf("of %q requests asked for, a page has %v, want %v", limit, got, want)
		}
	}
	ids := []string{idOf("a"), idOf("b")}
	slices.Sort(ids)
	page := f.want(200, "GET", "/requests?exclusiveStartId="+ids[0], "")
	if items, _ := page["items"].([]any); page["exclusiveStartId"] != ids[0] || len(items) != 1 {
		t.Errorf("from a request on: %v", page)
	}
	if _, there := f.want(200, "GET", "/requests", "")["exclusiveStartId"]; there {
		t.Error("a list from the beginning says where it starts")
	}
	f.want(201, "POST", "/head/lock?lockSecs=60&limit=1&clientKey=me", "")
	f.want(201, "POST", "/head/lock?lockSecs=60&limit=1", "")
	items, _ := f.want(200, "GET", "/requests?filter=locked", "")["items"].([]any)
	if len(items) != 2 {
		t.Fatalf("locked: %v", items)
	}
	for _, item := range items {
		object, _ := item.(map[string]any)
		by, said := object["lockByClient"]
		if mine := object["uniqueKey"] == "a"; said != mine || mine && by != "me" || object["lockExpiresAt"] == nil {
			t.Errorf("a locked request is listed as %v", object)
		}
	}
}

// What an update answers.
func TestUpdatedRequests(t *testing.T) {
	f := newFolder(t, nil, false)
	update := func(present, wasHandled bool, more string) {
		t.Helper()
		got := f.want(200, "PUT", "/requests/"+idOf("a"), request("a", more))
		if got["requestId"] != idOf("a") || got["wasAlreadyPresent"] != present || got["wasAlreadyHandled"] != wasHandled {
			t.Errorf("%v, want present %t, handled %t", got, present, wasHandled)
		}
	}
	update(false, false, "")
	update(true, false, handled)
	update(true, true, "")
	if got := f.head(); got != "a" {
		t.Errorf("head %q", got)
	}
	f.want(404, "GET", "/requests/"+idOf("b"), "")
	f.want(404, "PUT", "/requests/"+idOf("b")+"/lock?lockSecs=9", "")
}

// A run's queue that a request makes has that request.
func TestFirstRequestOfARun(t *testing.T) {
	dir := t.TempDir()
	f := &folder{t: t, dir: dir}
	f.open()
	f.ask(201, "POST", "/actor-runs/run/request-queue/requests", request("a"))
	f.reopen()
	if got := f.head(); got != "a" {
		t.Errorf("head %q, told %s", got, f.told)
	}
}

// What an SDK writes over a request's file is seen.
func TestRequestsThatSDKsChange(t *testing.T) {
	f := newFolder(t, map[string]string{idOf("a") + ".json": request("a", `,"orderNo":5`)}, false)
	time.Sleep(atomicfile.ClockTick) // then the file's time tells of changes
	if got := f.want(200, "GET", "", "")["handledRequestCount"]; got != 0.0 {
		t.Errorf("%v handled", got)
	}
	f.write(idOf("a")+".json", request("a", `,"orderNo":null`+handled))
	f.write(idOf("b")+".json", request("b", `,"orderNo":6`))
	if got := f.want(200, "GET", "", ""); got["handledRequestCount"] != 1.0 || got["totalRequestCount"] != 2.0 {
		t.Errorf("%v", got)
	}
}

// New requests are laid out as the SDK that made the queue does it.
func TestLayoutsOfNewRequests(t *testing.T) {
	for name, c := range map[string]struct{ metadata, file, member string }{
		"none":               {"", idOf("a") + ".json", `"uniqueKey"`},
		"Crawlee 3":          {strings.Replace(metadata, `"name":null`, `"name":null,"userId":"1"`, 1), idOf("a") + ".json", `"uniqueKey"`},
		"Crawlee 4":          {metadata, "ca978112ca1bbdc.json", `"uniqueKey"`},
		"Crawlee for Python": {`{"id":"Abcdefgh123456789","name":null,"accessed_at":"2026-01-02 03:04:05.678901+00:00","created_at":"2026-01-02 03:04:05.678901+00:00","modified_at":"2026-01-02 03:04:05.678901+00:00","had_multiple_clients":false,"handled_request_count":0,"pending_request_count":0,"total_request_count":0}`, "ca978112ca1bbdc.json", `"unique_key"`},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			if c.metadata != "" {
				files["__metadata__.json"] = c.metadata
			}
			f := newFolder(t, files, false)
			f.want(201, "POST", "/requests", request("a"))
			if text := f.read(c.file); !strings.Contains(text, c.member) {
				t.Errorf("the request's file is %s", text)
			}
		})
	}
}

// Crawlee for Python 0.4 and 0.5 have the same metadata: the requests that are
// there tell, also after somebody else has changed the queue.
func TestLayoutThatRequestsTell(t *testing.T) {
	for layout, member := range map[string]string{"crawlee-python-0.4.5": `"json"`, "crawlee-python-0.6.12": `"request"`} {
		t.Run(layout, func(t *testing.T) {
			f := newLayout(t, layout)
			time.Sleep(atomicfile.ClockTick) // then the files are not read again
			for _, key := range []string{"first", "second", "third"} {
				f.want(201, "POST", "/requests", request(key))
				var members map[string]json.RawMessage
				if err := json.Unmarshal([]byte(f.read(idOf(key)+".json")), &members); err != nil || members[strings.Trim(member, `"`)] == nil && members["json_"] == nil {
					t.Errorf("the %s request is laid out as %s, %v", key, f.read(idOf(key)+".json"), err)
				}
				f.write("not a request "+key, "")
				f.want(200, "GET", "/head", "")
			}
		})
	}
}

const stateOfLayout = "crawlee-python-1.0.4"

func (f *folder) state() string {
	names, err := filepath.Glob(filepath.Join(f.dir, "key_value_stores", "default", "__RQ_STATE_*"))
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, ".json") })
	if err != nil || len(names) != 1 {
		f.t.Fatalf("%q, %v", names, err)
	}
	return names[0]
}

// Crawlee for Python keeps the order of a queue in a record of its own: what is
// changed is told there, but for locks.
func TestOrderIsToldToTheSDK(t *testing.T) {
	f := newLayout(t, stateOfLayout)
	f.want(201, "POST", "/requests", request("last"))
	f.want(201, "POST", "/requests?forefront=1", request("front"))
	f.want(200, "PUT", "/requests/"+idOf("https://example.com/first"), request("https://example.com/first", handled))
	f.want(204, "DELETE", "/requests/"+idOf("https://example.com/retried"), "")
	text, err := os.ReadFile(f.state())
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Forefront map[string]int `json:"forefront_requests"`
		Regular   map[string]int `json:"regular_requests"`
		Handled   []string       `json:"handled_requests"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	if len(state.Forefront) != 4 || state.Forefront["front"] <= state.Forefront["https://example.com/front-1"] {
		t.Errorf("in front %v", state.Forefront)
	}
	if last, there := state.Regular["last"]; !there || last <= state.Regular["https://example.com/first"] || state.Regular["https://example.com/retried"] != 0 {
		t.Errorf("in order %v", state.Regular)
	}
	if !slices.Contains(state.Handled, "https://example.com/first") || slices.Contains(state.Handled, "last") {
		t.Errorf("handled %q", state.Handled)
	}
	f.want(201, "POST", "/head/lock?lockSecs=60", "")
	if after, err := os.ReadFile(f.state()); err != nil || string(after) != string(text) {
		t.Errorf("locks have changed the order to %s, %v", after, err)
	}
	if f.told.Len() > 0 {
		t.Errorf("told %s", f.told)
	}
}

// An order that cannot be read is told once, and the requests come all the same.
func TestBrokenOrder(t *testing.T) {
	f := newLayout(t, stateOfLayout)
	if err := os.WriteFile(f.state(), []byte(`{"regular_requests":`), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := strings.Fields(f.head()); len(got) != 6 {
			t.Errorf("head %q", got)
		}
	}
	if told := strings.Count(f.told.String(), "order of a queue is ignored"); told != 1 {
		t.Errorf("it was told %d times: %s", told, f.told)
	}
}

// What is no file is not taken for the order of a queue.
func TestOrderThatIsNoFile(t *testing.T) {
	f := newLayout(t, stateOfLayout)
	name := f.state()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(f.head()); len(got) != 6 {
		t.Errorf("head %q", got)
	}
}
