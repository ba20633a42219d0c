package local

import "sync"

// warmer has files read before they are asked for, so that they need not come
// from the disk when somebody waits: whoever locks the head of a queue comes back
// for what is behind it.
type warmer struct {
	mutex sync.Mutex
	busy  bool
	done  map[requestID]bool // read lately
}

const (
	// warmAhead is read ahead at least.
	warmAhead = 8
	// maxWarm is when what has been read is forgotten.
	maxWarm = 4096
)

// choose returns what is to be read of the requests that are next; nothing while
// somebody reads.
func (w *warmer) choose(next []requestID) (chosen []requestID) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.busy {
		return nil
	}
	for _, id := range next {
		if !w.done[id] {
			chosen = append(chosen, id)
		}
	}
	if w.done == nil || len(w.done) > maxWarm {
		w.done = map[requestID]bool{}
	}
	for _, id := range chosen {
		w.done[id] = true
	}
	w.busy = len(chosen) > 0
	return chosen
}

func (w *warmer) finished() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.busy = false
}

// warm reads the requests that are next, as many as were just locked, while
// nobody waits for it. What goes wrong is noticed when they are locked.
func (q *openQueue) warm() {
	if q.locks == 0 {
		return
	}
	chosen := q.warmer.choose(q.index.head(max(q.locks, warmAhead)))
	if len(chosen) == 0 {
		return
	}
	names := make([]string, 0, len(chosen))
	for _, id := range chosen {
		if name, known := q.index.file(id); known {
			names = append(names, name)
		}
	}
	folder, err := openRaw(q.files, ".")
	if err != nil {
		q.warmer.finished()
		return
	}
	go func() {
		for _, name := range names {
			folder.read(name)
		}
		_ = folder.close() // of what was read
		q.warmer.finished()
	}()
}
