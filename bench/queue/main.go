// Command queue measures how long `head/lock` of a request queue takes. It locks
// the first requests of the queue, marks them as handled, and goes on, with one
// client or with several, and prints quantiles of each kind of request.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"sync"
	"time"
)

func main() {
	url := flag.String("queue", "http://127.0.0.1:8080/v2/request-queues/~queue", "URL of the queue")
	clients := flag.Int("clients", 1, "clients at the same time")
	limit := flag.Int("limit", 1, "requests that are locked at once")
	rounds := flag.Int("rounds", 500, "locks of each client")
	handle := flag.Bool("handle", true, "mark what was locked as handled")
	flag.Parse()
	var mutex sync.Mutex
	times := map[string][]time.Duration{}
	var group sync.WaitGroup
	for c := range *clients {
		group.Go(func() {
			m := meter{base: *url, key: fmt.Sprintf("client%d", c), times: map[string][]time.Duration{}}
			for range *rounds {
				m.round(*limit, *handle)
			}
			mutex.Lock()
			defer mutex.Unlock()
			for name, some := range m.times {
				times[name] = append(times[name], some...)
			}
		})
	}
	group.Wait()
	for _, name := range []string{"head/lock", "handled"} {
		some := times[name]
		if len(some) == 0 {
			continue
		}
		slices.Sort(some)
		at := func(share float64) time.Duration {
			return some[int(share*float64(len(some)-1))].Round(10 * time.Microsecond)
		}
		fmt.Printf("%-9s %d clients, limit %d: %d requests, median %v, p90 %v, p99 %v, longest %v\n",
			name, *clients, *limit, len(some), at(0.5), at(0.9), at(0.99), at(1))
	}
}

type meter struct {
	base, key string
	times     map[string][]time.Duration
}

type request struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	UniqueKey string `json:"uniqueKey"`
	Method    string `json:"method"`
	HandledAt string `json:"handledAt,omitempty"`
}

func (m *meter) round(limit int, handle bool) {
	var head struct {
		Data struct {
			Items []request `json:"items"`
		} `json:"data"`
	}
	text := m.send("head/lock", http.MethodPost, fmt.Sprintf("/head/lock?lockSecs=600&limit=%d&clientKey=%s", limit, m.key), nil)
	if err := json.Unmarshal(text, &head); err != nil {
		log.Fatal(err)
	}
	if len(head.Data.Items) == 0 {
		log.Fatal("the queue has nothing left to lock")
	}
	if !handle {
		return
	}
	for _, each := range head.Data.Items {
		each.HandledAt = time.Now().UTC().Format(time.RFC3339Nano)
		body, err := json.Marshal(each)
		if err != nil {
			log.Fatal(err)
		}
		m.send("handled", http.MethodPut, "/requests/"+each.ID+"?clientKey="+m.key, body)
	}
}

func (m *meter) send(name, method, path string, body []byte) []byte {
	r, err := http.NewRequest(method, m.base+path, bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer local")
	start := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	m.times[name] = append(m.times[name], time.Since(start))
	if err := answer.Body.Close(); err != nil {
		log.Fatal(err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		log.Fatalf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return text
}
