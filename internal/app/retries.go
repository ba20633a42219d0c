package app

import (
	"sync"
	"time"
)

// noticeableWait is when a person begins to wonder why nothing happens.
const noticeableWait = 2 * time.Second

// retries says what requests are waiting for. Those that are under way together
// meet the same obstacle: it is told once, until the wait that was told is over.
type retries struct {
	mutex sync.Mutex
	told  string
	until time.Time
}

// tell reports whether a wait is worth telling.
func (r *retries) tell(err error, wait time.Duration) bool {
	if wait < noticeableWait {
		return false
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	text, now := err.Error(), time.Now()
	if text == r.told && now.Before(r.until) {
		return false
	}
	r.told, r.until = text, now.Add(wait)
	return true
}

func (a *App) retried(err error, wait time.Duration) {
	if progress := a.progress.Load(); progress != nil {
		progress.Retry()
	}
	if a.retries.tell(err, wait) {
		a.Streams.Notef("%v; trying again in %s", err, wait.Round(time.Second))
	}
}
