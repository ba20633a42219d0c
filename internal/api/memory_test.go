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

// Which buffer a page gets, and which are given up.
func TestMemoryTakesTheRightBuffer(t *testing.T) {
	for name, test := range map[string]struct {
		kept []int // capacities
		size int
		want int // of them, else a new one: -1
		left int
	}{
		"as large as needed":         {[]int{1000}, 1000, 0, 0},
		"the smallest, first":        {[]int{1000, 1400}, 900, 0, 1},
		"the smallest, last":         {[]int{1400, 1000}, 900, 1, 1},
		"four times too large":       {[]int{1000}, 250, 0, 0},
		"more than four times":       {[]int{1004}, 250, -1, 1},
		"too small, and outgrown":    {[]int{1000}, 2000, -1, 0},
		"too small for much":         {[]int{999}, 2000, -1, 1},
		"one fits, one is too small": {[]int{1000, 600}, 1000, 0, 1},
	} {
		var m memory
		var buffers [][]byte
		for _, size := range test.kept {
			buffer := make([]byte, 1, size)
			buffers = append(buffers, buffer)
			m.give(buffer)
		}
		got, want := m.take(test.size), -1
		for i, buffer := range buffers {
			if &buffer[0] == &got[:1][0] {
				want = i
			}
		}
		if want != test.want || len(m.free) != test.left || cap(got) < test.size {
			t.Errorf("%s: got buffer %d of %d bytes, %d are left; want buffer %d, %d left", name, want, cap(got), len(m.free), test.want, test.left)
		}
	}
}

// As much is kept as there may be, to the byte.
func TestMemoryIsBounded(t *testing.T) {
	var m memory
	m.give(nil)
	if len(m.free) != 0 {
		t.Error("a buffer of nothing is kept")
	}
	m.give(make([]byte, 0, 100))
	m.give(make([]byte, 0, maxFreeBytes-100))
	if len(m.free) != 2 {
		t.Errorf("%d buffers are kept, want both", len(m.free))
	}
	m.give(make([]byte, 0, maxFreeBytes))
	if len(m.free) != 1 || m.bytes != maxFreeBytes {
		t.Errorf("%d buffers of %d bytes are kept, want the one that is as large as all may be", len(m.free), m.bytes)
	}
}
