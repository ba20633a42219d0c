package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Three kinds of clients work on one directory: of a server, commands on the
// directory itself, and a program that writes files as Crawlee does. At the end
// all three see the same, which is what each was told that it had done.
// APIFYCTL_SLOW_TESTS sets how long, as "10m"; anything else there is a minute.
func TestThreeKindsOfClients(t *testing.T) {
	t.Parallel()
	duration := time.Second
	if slow := os.Getenv("APIFYCTL_SLOW_TESTS"); slow != "" {
		duration = time.Minute
		if asked, err := time.ParseDuration(slow); err == nil {
			duration = asked
		}
	}
	s := newServed(t)
	s.start()
	for _, collection := range []string{"datasets", "key-value-stores", "request-queues"} {
		s.create(collection)
	}
	m := &mixed{served: s, records: map[string]string{}, over: make(chan struct{})}
	time.AfterFunc(duration, func() { close(m.over) })
	var group sync.WaitGroup
	for who := range 4 {
		group.Go(func() { m.repeat(func(turn int) { m.throughServer(fmt.Sprintf("server-%d-%d", who, turn)) }) })
	}
	for who := range 2 {
		group.Go(func() { m.repeat(func(turn int) { m.byCommand(fmt.Sprintf("command-%d-%d", who, turn)) }) })
	}
	group.Go(func() { m.repeat(m.asAnSDK) })
	group.Wait()
	m.compare()
	t.Logf("%d items, %d records, %d requests, %d items of the SDK", m.items.Load(), len(m.records), m.requests.Load(), m.crawled)
}

type mixed struct {
	*served
	over            chan struct{}
	items, requests atomic.Int64
	crawled         int
	mutex           sync.Mutex
	records         map[string]string // what each record is, by key
}

func (m *mixed) repeat(do func(turn int)) {
	for turn := 0; ; turn++ {
		select {
		case <-m.over:
			return
		default:
			do(turn)
		}
	}
}

func (m *mixed) stored(key, value string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.records[key] = value
}

func (m *mixed) throughServer(key string) {
	m.ok(http.MethodPut, "/key-value-stores/~shared/records/"+key, `"`+key+`"`)
	m.stored(key, `"`+key+`"`)
	m.ok(http.MethodPost, "/datasets/~shared/items", fmt.Sprintf(`[{"by":%q,"n":1},{"by":%q,"n":2}]`, key, key))
	m.items.Add(2)
	m.ok(http.MethodPost, "/request-queues/~shared/requests", fmt.Sprintf(`{"url":"https://example.com/%s","uniqueKey":%q}`, key, key))
	m.requests.Add(1)
}

func (m *mixed) ok(method, path, body string) {
	if status, answer, err := m.ask(method, path, []byte(body)); err != nil || status != http.StatusCreated {
		m.t.Errorf("%s %s: %d %s, %v", method, path, status, answer, err)
	}
}

func (m *mixed) byCommand(key string) {
	m.command(`"`+key+`"`, "kvs", "put", "shared", key)
	m.stored(key, `"`+key+`"`)
	m.command(fmt.Sprintf(`[{"by":%q,"n":1}]`, key), "datasets", "put", "shared")
	m.items.Add(1)
	m.command("https://example.com/"+key+"\n", "queues", "put", "shared", "-")
	m.requests.Add(1)
}

func (m *mixed) command(input string, arguments ...string) string {
	command := m.program(arguments...)
	command.Stdin = strings.NewReader(input)
	var told strings.Builder
	command.Stderr = &told
	output, err := command.Output()
	if err != nil {
		m.t.Errorf("%q: %v: %s", arguments, err, told.String())
	}
	return string(output)
}

// asAnSDK writes as Crawlee does: items into its own dataset, by their numbers,
// and records into the store that all share, not by way of temporary files.
func (m *mixed) asAnSDK(turn int) {
	write := func(path, text string) {
		path = filepath.Join(m.dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			m.t.Error(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			m.t.Error(err)
		}
	}
	write(fmt.Sprintf("datasets/crawl/%09d.json", turn+1), fmt.Sprintf(`{"n":%d}`, turn))
	m.crawled++
	key := fmt.Sprintf("sdk-%d", turn%100)
	write("key_value_stores/shared/"+key+".json", fmt.Sprintf(`"turn %d"`, turn))
	m.stored(key, fmt.Sprintf(`"turn %d"`, turn))
	if turn%10 == 9 { // it reads what it has written, through the server
		var object struct{ ItemCount int }
		m.data(http.MethodGet, "/datasets/~crawl", nil, &object)
		if object.ItemCount != m.crawled {
			m.t.Errorf("the server has %d items of the SDK, not %d", object.ItemCount, m.crawled)
		}
		if status, answer, err := m.ask(http.MethodGet, "/key-value-stores/~shared/records/"+key, nil); err != nil || string(answer) != m.value(key) {
			m.t.Errorf("record %s is %d %s, %v", key, status, answer, err)
		}
	}
	time.Sleep(5 * time.Millisecond) // it crawls
}

func (m *mixed) value(key string) string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.records[key]
}

// compare looks at everything from all sides.
func (m *mixed) compare() {
	m.t.Helper()
	fromServer := func(path string) string {
		status, answer, err := m.ask(http.MethodGet, path, nil)
		if err != nil || status != http.StatusOK {
			m.t.Errorf("GET %s: %d %s, %v", path, status, answer, err)
		}
		return string(answer)
	}
	sameItems := func(dataset string, want int) {
		var served, local []json.RawMessage
		if err := json.Unmarshal([]byte(fromServer("/datasets/~"+dataset+"/items")), &served); err != nil {
			m.t.Error(err)
		}
		if err := json.Unmarshal([]byte(m.command("", "datasets", "export", dataset, "-f", "json")), &local); err != nil {
			m.t.Error(err)
		}
		files, err := filepath.Glob(filepath.Join(m.dir, "datasets", dataset, "[0-9]*.json"))
		if err != nil || len(files) != want || len(served) != want || len(local) != want {
			m.t.Errorf("dataset %s: %d files, %d items through the server, %d by command; want %d, %v", dataset, len(files), len(served), len(local), want, err)
		}
	}
	sameItems("shared", int(m.items.Load()))
	sameItems("crawl", m.crawled)
	for key, want := range m.records {
		if got := fromServer("/key-value-stores/~shared/records/" + key); got != want {
			m.t.Errorf("record %s is %s, want %s", key, got, want)
		}
	}
	keys := map[string]bool{}
	for line := range strings.Lines(m.command("", "kvs", "keys", "shared")) {
		var listed struct{ Key string }
		if err := json.Unmarshal([]byte(line), &listed); err != nil {
			m.t.Error(err)
		}
		keys[listed.Key] = true
	}
	if want, got := slices.Sorted(maps.Keys(m.records)), slices.Sorted(maps.Keys(keys)); !slices.Equal(want, got) {
		m.t.Errorf("a command lists %d keys, want %d", len(got), len(want))
	}
	var queue struct {
		Total int64 `json:"totalRequestCount"`
	}
	m.data(http.MethodGet, "/request-queues/~shared", nil, &queue)
	lines := strings.Count(m.command("", "queues", "export", "shared", "-f", "jsonl"), "\n")
	if want := m.requests.Load(); queue.Total != want || int64(lines) != want {
		m.t.Errorf("%d requests through the server, %d by command; want %d", queue.Total, lines, want)
	}
}
