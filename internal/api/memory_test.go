package api

import (
	"fmt"
	"strings"
	"testing"
)

func TestMemory(t *testing.T) {
	var m memory
	small, large := make([]byte, 5, 1000), make([]byte, 5, 1400)
	m.give(large)
	m.give(small)
	m.give(nil)
	if got := m.take(3000); cap(got) < 3000 {
		t.Errorf("room for %d", cap(got))
	}
	if got := m.take(10); cap(got) >= 1000 {
		t.Error("a small page got a large buffer")
	}
	if got := m.take(900); len(got) != 0 || &got[:1][0] != &small[0] {
		t.Error("not the smallest that fits")
	}
	if got := m.take(900); len(got) != 0 || &got[:1][0] != &large[0] {
		t.Error("not the only one that fits")
	}
	for range 2 * maxFree {
		m.give(make([]byte, 0, 100))
	}
	if len(m.free) != maxFree || m.bytes != 100*maxFree {
		t.Errorf("%d buffers, %d bytes", len(m.free), m.bytes)
	}
	m.give(make([]byte, 0, maxFreeBytes-50))
	if len(m.free) != 1 || m.bytes != maxFreeBytes-50 {
		t.Errorf("%d buffers, %d bytes", len(m.free), m.bytes)
	}
	m.give(make([]byte, 0, maxFreeBytes+1))
	if m.bytes > maxFreeBytes {
		t.Errorf("%d bytes", m.bytes)
	}
	m.give(small)
	m.forget()
	if len(m.free) != 0 || m.bytes != 0 {
		t.Errorf("%d buffers, %d bytes", len(m.free), m.bytes)
	}
	m.give(small)
	if got := m.take(900); &got[:1][0] != &small[0] {
		t.Error("nothing is kept any more")
	}
}

// Pages that become larger and larger do not leave the memory of all before them
// behind.
func TestMemoryOfGrowingPages(t *testing.T) {
	var m memory
	for size := 1000; size < 100_000; size += size / 10 {
		pages := make([][]byte, 5)
		for i := range pages {
			pages[i] = m.take(size)
		}
		for _, page := range pages {
			m.give(page)
		}
		if most := 5 * (size + size/8); m.bytes > most {
			t.Fatalf("%d bytes are kept, want %d at most", m.bytes, most)
		}
	}
}

// Pages that share memory with earlier ones hold what they should.
func TestReusedPages(t *testing.T) {
	item := func(i int64) string {
		return fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", int(i*7919%500)))
	}
	s := &itemServer{stored: 20_000, item: item}
	for name, handle := range map[string]func() (h *Client){
		"as they are": func() *Client { return newTestClient(t, newServer(t, s.ServeHTTP)) },
		"packed":      func() *Client { return newTestClient(t, newServer(t, packing(t, "gzip", s.ServeHTTP, nil))) },
	} {
		t.Run(name, func(t *testing.T) {
			client := handle()
			next := int64(0)
			for page, err := range client.Datasets().Pages(t.Context(), mustRef(t, testID), ItemsOptions{PageSize: 300, Concurrency: 5}) {
				if err != nil {
					t.Fatal(err)
				}
				var want strings.Builder
				for i := range int64(page.Count) {
					want.WriteString("," + item(next+i))
				}
				next += int64(page.Count)
				if got := string(page.Data); page.Count > 0 && got != "["+want.String()[1:]+"]" {
					t.Fatalf("page from %d is %.100s", page.Offset, got)
				}
				clear(page.Data)
				client.Datasets().Reuse(page.Data)
			}
			if next != 20_000 {
				t.Errorf("%d items", next)
			}
		})
	}
}
