package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// rates counts requests by the second of the fake clock.
func rates(t *testing.T, seconds int, answer func(second int, w http.ResponseWriter)) []int {
	t.Helper()
	counts := make([]int, seconds)
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		start := time.Now()
		client, err := New(Options{Transport: inProcess(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			second := int(time.Since(start) / time.Second)
			if second < seconds {
				counts[second]++
			}
			answer(second, w)
			goodDataset(w, r)
		})})
		if err != nil {
			t.Fatal(err)
		}
		ref := mustRef(t, "~x")
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for time.Since(start) < time.Duration(seconds)*time.Second {
					if _, err := client.Datasets().Get(t.Context(), ref); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
	})
	return counts
}

func between(t *testing.T, what string, got, low, high int) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s: %d requests a second, want %d to %d", what, got, low, high)
	}
}

func TestPacingByDefault(t *testing.T) {
	counts := rates(t, 3, func(int, http.ResponseWriter) {})
	for second, n := range counts {
		between(t, fmt.Sprint("second ", second), n, 58, 64)
	}
}

func TestPacingFollowsTheServer(t *testing.T) {
	counts := rates(t, 6, func(second int, w http.ResponseWriter) {
		limit := "10"
		if second >= 3 {
			limit = "400"
		}
		w.Header().Set("X-RateLimit-Limit", limit)
	})
	between(t, "limit 10", counts[2], 9, 11)
	between(t, "limit 400", counts[5], 380, 421)
}

// A limit that is none says nothing.
func TestPacingWithALimitThatIsNone(t *testing.T) {
	for _, limit := range []string{"0", "-5", "many"} {
		counts := rates(t, 2, func(_ int, w http.ResponseWriter) { w.Header().Set("X-RateLimit-Limit", limit) })
		between(t, "limit "+limit, counts[1], 58, 64)
	}
}

// Whoever had to wait for a turn, learns of it with the answer.
func TestHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send := paced(func(context.Context, attempt) (*response, error) { return &response{status: http.StatusOK}, nil })
		a := attempt{request: &request{storage: "x"}}
		for n := range burst(defaultRate) + 5 {
			start := time.Now()
			answer, err := send(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); answer.held != (waited > 0) {
				t.Errorf("request %d waited %s, and was held up: %t", n+1, waited, answer.held)
			}
		}
	})
}

func TestPacingAfter429(t *testing.T) {
	slowed := false
	counts := rates(t, 15, func(second int, w http.ResponseWriter) {
		if second == 2 && !slowed {
			slowed = true
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	between(t, "before", counts[1], 58, 62)
	between(t, "just after", counts[3], 25, 45)
	between(t, "a while after", counts[14], 55, 62)
}

// Endpoints with a limit of their own and other storages do not wait for each other.
func TestPacersAreSeparate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := New(Options{Transport: inProcess(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-RateLimit-Limit", "1")
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusCreated)
			}
			goodDataset(w, r)
		})})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for n := range 50 {
			ref := mustRef(t, fmt.Sprint("~dataset-", n))
			if _, err := client.Datasets().Get(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
			if err := client.Datasets().Push(t.Context(), ref, []byte(`[]`)); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestPacersAreBounded(t *testing.T) {
	p := &pacers{all: make(map[pacerKey]*pacer)}
	now := time.Now()
	first := p.get(pacerKey{storage: "first"}, now)
	for n := range 3 * maxPacers {
		p.get(pacerKey{storage: fmt.Sprint(n)}, now.Add(time.Duration(n)))
		if p.get(pacerKey{storage: "first"}, now.Add(time.Duration(n))) != first {
			t.Fatal("forgot a pacer in use")
		}
	}
	if len(p.all) > maxPacers {
		t.Errorf("%d pacers", len(p.all))
	}
}
