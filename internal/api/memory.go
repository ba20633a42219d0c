package api

import "sync"

const (
	// maxFree and maxFreeBytes bound what memory keeps for later.
	maxFree      = 32
	maxFreeBytes = 64 << 20
)

// memory keeps buffers of pages to be used again: a large export needs thousands
// of them, a few at a time, and looking for garbage costs more than all else that
// is done with them here.
type memory struct {
	mu    sync.Mutex
	free  [][]byte
	bytes int // of free
}

// take returns an empty buffer with room for size bytes.
func (m *memory) take(size int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	best, outgrown := -1, -1
	for i, buffer := range m.free {
		switch room := cap(buffer); {
		case room >= size:
			if best < 0 || room < cap(m.free[best]) {
				best = i
			}
		case room >= size/2:
			outgrown = i
		}
	}
	if best < 0 && outgrown >= 0 {
		m.remove(outgrown) // or those of pages before they became larger would stay for good
	}
	if best < 0 || cap(m.free[best])/4 > size { // a small page must not hold a large one's memory
		return make([]byte, 0, size+size/8) // the next page may be a bit larger
	}
	return m.remove(best)
}

// give takes back a buffer that is not in use any more.
func (m *memory) give(buffer []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.free) > 0 && (len(m.free) == maxFree || m.bytes+cap(buffer) > maxFreeBytes) {
		m.remove(0) // the oldest
	}
	if cap(buffer) > 0 && cap(buffer) <= maxFreeBytes {
		m.free = append(m.free, buffer[:0])
		m.bytes += cap(buffer)
	}
}

// forget lets go of what is kept.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free, m.bytes = nil, 0
}

func (m *memory) remove(i int) []byte {
	buffer := m.free[i]
	copy(m.free[i:], m.free[i+1:])
	m.free[len(m.free)-1] = nil
	m.free = m.free[:len(m.free)-1]
	m.bytes -= cap(buffer)
	return buffer
}
