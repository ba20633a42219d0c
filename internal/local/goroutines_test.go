package local

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// An export that is given up leaves no goroutine behind.
func TestNoGoroutinesLeft(t *testing.T) {
	s := newSite(t, t.TempDir())
	padding := strings.Repeat("x", 20_000)
	s.want(201, "POST", "/actor-runs/any/dataset/items", "["+strings.Repeat(`{"a":"`+padding+`"},`, 399)+"{}]")
	before := runtime.NumGoroutine()
	for range 5 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/v2/datasets/~default/items", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := s.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(response.Body, make([]byte, 100)); err != nil {
			t.Error(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
