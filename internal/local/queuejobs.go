package local

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Changes of a queue that come at the same time are carried out as a group: one
// lock, one wait for the disk. Whoever gets the turn does the work of all that
// wait, in the order in which they came.

// queueJob is one request's change.
type queueJob struct {
	clientKey string
	do        func(*openQueue) error
	err       error
	done      chan struct{} // closed when err is what became of it
}

// maxGroup bounds what a group holds in memory until it is on the disk.
const maxGroup = 64

// queueLine is the changes that wait for one queue.
type queueLine struct {
	turn    chan struct{} // holds a token while somebody works
	mutex   sync.Mutex
	waiting []*queueJob
	users   int // guarded by the mutex of queueLines
}

// queueLines are the lines by queue.
type queueLines struct {
	mutex sync.Mutex
	lines map[reference]*queueLine
}

func (l *queueLines) enter(ref reference) *queueLine {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	line := l.lines[ref]
	if line == nil {
		if l.lines == nil {
			l.lines = map[reference]*queueLine{}
		}
		line = &queueLine{turn: make(chan struct{}, 1)}
		l.lines[ref] = line
	}
	line.users++
	return line
}

func (l *queueLines) leave(ref reference, line *queueLine) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if line.users--; line.users == 0 {
		delete(l.lines, ref)
	}
}

func (l *queueLine) add(jobs ...*queueJob) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.waiting = append(jobs, l.waiting...)
}

// take is the jobs that are next.
func (l *queueLine) take() []*queueJob {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	n := min(len(l.waiting), maxGroup)
	jobs := slices.Clone(l.waiting[:n])
	l.waiting = slices.Delete(l.waiting, 0, n)
	return jobs
}

// withdraw is false where the job is being worked on already.
func (l *queueLine) withdraw(job *queueJob) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	i := slices.Index(l.waiting, job)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}

// changeQueue runs do on a queue with its lock held. What do has changed is on
// the disk, and told to other processes, when changeQueue returns, also when do
// fails.
func (h *Handler) changeQueue(ctx context.Context, ref reference, clientKey string, do func(*openQueue) error) error {
	if !ref.run {
		if err := h.exists(ref); err != nil {
			return err
		}
	}
	line := h.queues.lines.enter(ref)
	defer h.queues.lines.leave(ref, line)
	job := &queueJob{clientKey: clientKey, do: do, done: make(chan struct{})}
	line.mutex.Lock()
	line.waiting = append(line.waiting, job)
	line.mutex.Unlock()
	for {
		select {
		case <-job.done:
			return job.err
		case <-ctx.Done():
			if line.withdraw(job) {
				return context.Cause(ctx)
			}
			<-job.done // which does not take long
			return job.err
		case line.turn <- struct{}{}:
			h.workOff(ctx, ref, line, job)
		}
	}
}

// workOff carries out what waits in a line, unless somebody did it meanwhile.
func (h *Handler) workOff(ctx context.Context, ref reference, line *queueLine, own *queueJob) {
	defer func() { <-line.turn }()
	select {
	case <-own.done:
		return
	default:
	}
	jobs, begun := line.take(), false
	err := errAbandoned
	defer func() {
		if !begun && ctx.Err() != nil {
			// It is only this request that nobody waits for.
			line.add(slices.DeleteFunc(jobs, func(job *queueJob) bool { return job == own })...)
			jobs = []*queueJob{own}
		}
		for _, job := range jobs {
			if err != nil {
				job.err = errors.Join(job.err, err)
			}
			close(job.done)
		}
	}()
	err = h.changeGroup(ctx, ref, jobs, &begun)
}

var errAbandoned = errors.New("the change was abandoned")

// changeGroup returns what is wrong with all the jobs; what is wrong with one is
// noted there.
func (h *Handler) changeGroup(ctx context.Context, ref reference, jobs []*queueJob, begun *bool) error {
	return h.change(ctx, ref, func(s *shelf, found *storage) error {
		for _, job := range jobs {
			if err := s.noteClient(found, job.clientKey); err != nil {
				return err
			}
		}
		return h.withQueue(s, found, func(q *openQueue) error {
			if err := q.recover(); err != nil {
				return err
			}
			return q.during(ctx, func(q *openQueue) error {
				*begun = true
				for _, job := range jobs {
					job.err = job.do(q)
				}
				return q.finish()
			})
		})
	})
}

// finish makes the group's changes and tells of them.
func (q *openQueue) finish() error {
	if len(q.pending.order) == 0 {
		return nil
	}
	err := q.commit()
	if err != nil {
		q.index = nil // it knows of changes that were not made
		return err
	}
	changed := q.pending.order
	q.pending = pendingFiles{}
	return errors.Join(
		q.tell(q.shelf, q.storage, changed),
		editMetadata(q.shelf.root, requestQueues, q.storage.folder, edit{modified: q.now}))
}
