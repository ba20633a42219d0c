package output

import (
	"sync"
	"sync/atomic"
	"time"
)

// ProgressMode says how progress is shown.
type ProgressMode int

// The ways to show progress.
const (
	ProgressAuto  ProgressMode = iota // a bar, if stderr is a terminal
	ProgressOff                       // nothing
	ProgressPlain                     // a line every few seconds, for logs
)

const (
	barInterval   = 100 * time.Millisecond
	plainInterval = 5 * time.Second
)

// ProgressOptions describes what is being done.
type ProgressOptions struct {
	Label string // "products"; made Safe
	Unit  string // what is counted, in the plural: "items"
	Total int64  // units; 0 or less: not known yet
	Mode  ProgressMode
}

// Progress counts what is done and shows it now and then on stderr. All its
// methods may be called from several goroutines, and cost next to nothing: the
// drawing is done by a goroutine of its own, which Done ends.
type Progress struct {
	total, units, bytes, retries atomic.Int64

	once     sync.Once
	stop     chan struct{} // nil: nothing is shown
	finished chan struct{}
}

// Progress starts to show progress. Nothing is shown before a moment has
// passed, so short work leaves no flicker.
func (s *Streams) Progress(o ProgressOptions) *Progress {
	p := &Progress{}
	p.total.Store(o.Total)
	if s.Quiet || o.Mode == ProgressOff || o.Mode == ProgressAuto && !s.ErrTerminal {
		return p
	}
	o.Label = Safe(o.Label)
	p.stop, p.finished = make(chan struct{}), make(chan struct{})
	view := newProgressView(o.Label, o.Unit)
	if o.Mode == ProgressPlain {
		go p.run(plainInterval, func(n numbers) { s.Notef("%s", view.plain(n)) }, func() {})
		return p
	}
	status, ok := s.Err.(*statusWriter)
	if !ok {
		status = newStatusWriter(s.Err)
	}
	go p.run(barInterval, func(n numbers) {
		width := knownWidth(s.errWidth)
		status.show(view.bar(n, width-statusMargin), width)
	}, status.clear)
	return p
}

// SetTotal says how many units there will be; 0 or less: unknown.
func (p *Progress) SetTotal(total int64) { p.total.Store(total) }

// Add counts units, and the bytes they were.
func (p *Progress) Add(units, bytes int64) {
	p.units.Add(units)
	p.bytes.Add(bytes)
}

// Retry counts a request that is tried again.
func (p *Progress) Retry() { p.retries.Add(1) }

// Done takes the bar off the screen and returns when it is gone.
func (p *Progress) Done() {
	if p.stop == nil {
		return
	}
	p.once.Do(func() { close(p.stop) })
	<-p.finished
}

// numbers are what a view shows, read at one moment.
type numbers struct{ total, units, bytes, retries int64 }

func (p *Progress) run(interval time.Duration, show func(numbers), end func()) {
	defer close(p.finished)
	defer end()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			show(numbers{p.total.Load(), p.units.Load(), p.bytes.Load(), p.retries.Load()})
		}
	}
}
