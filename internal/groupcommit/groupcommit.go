// Package groupcommit carries out changes that come at the same time as a group:
// one lock, one wait for the disk. Whoever gets the turn does the work of all that
// wait, in the order in which they came.
package groupcommit

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Job is one request's change of what a group has open.
type Job[T any] struct {
	Do   func(T) error
	Err  error
	done chan struct{} // closed when err is what became of it
}

// maxGroup bounds what a group holds in memory until it is on the disk.
const maxGroup = 64

// groupLine is the changes that wait for one storage.
type groupLine[T any] struct {
	turn    chan struct{} // holds a token while somebody works
	mutex   sync.Mutex
	waiting []*Job[T]
	users   int // guarded by the mutex of groupLines
}

// Groups are the lines by storage.
type Groups[K comparable, T any] struct {
	mutex sync.Mutex
	lines map[K]*groupLine[T]
}

// Work carries out jobs. It sets begun once jobs may have been done, and
// returns what is wrong with all of them; what is wrong with one is noted there.
type Work[T any] func(ctx context.Context, jobs []*Job[T], begun *bool) error

func (l *Groups[K, T]) enter(key K) *groupLine[T] {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	line := l.lines[key]
	if line == nil {
		if l.lines == nil {
			l.lines = map[K]*groupLine[T]{}
		}
		line = &groupLine[T]{turn: make(chan struct{}, 1)}
		l.lines[key] = line
	}
	line.users++
	return line
}

func (l *Groups[K, T]) leave(key K, line *groupLine[T]) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if line.users--; line.users == 0 {
		delete(l.lines, key)
	}
}

// Run has work do a change together with others of the same storage. When it
// returns, nobody calls do any more.
func (l *Groups[K, T]) Run(ctx context.Context, key K, do func(T) error, work Work[T]) error {
	line := l.enter(key)
	defer l.leave(key, line)
	job := &Job[T]{Do: do, done: make(chan struct{})}
	line.add(job)
	for {
		select {
		case <-job.done:
			return job.Err
		case <-ctx.Done():
			if line.withdraw(job) {
				return context.Cause(ctx)
			}
			<-job.done // which does not take long
			return job.Err
		case line.turn <- struct{}{}:
			line.workOff(ctx, job, work)
		}
	}
}

func (l *groupLine[T]) add(job *Job[T]) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.waiting = append(l.waiting, job)
}

// putBack has jobs be the next ones again.
func (l *groupLine[T]) putBack(jobs []*Job[T]) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.waiting = append(jobs, l.waiting...)
}

// take is the jobs that are next.
func (l *groupLine[T]) take() []*Job[T] {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	n := min(len(l.waiting), maxGroup)
	jobs := slices.Clone(l.waiting[:n])
	l.waiting = slices.Delete(l.waiting, 0, n)
	return jobs
}

// withdraw is false where the job is being worked on already.
func (l *groupLine[T]) withdraw(job *Job[T]) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	i := slices.Index(l.waiting, job)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}

// workOff carries out what waits in a line, unless somebody did it meanwhile.
func (l *groupLine[T]) workOff(ctx context.Context, own *Job[T], work Work[T]) {
	defer func() { <-l.turn }()
	select {
	case <-own.done:
		return
	default:
	}
	jobs, begun := l.take(), false
	err := errAbandoned
	defer func() {
		if !begun && ctx.Err() != nil {
			// It is only this request that nobody waits for, if it is among them.
			others := slices.DeleteFunc(slices.Clone(jobs), func(job *Job[T]) bool { return job == own })
			l.putBack(others)
			jobs = slices.DeleteFunc(jobs, func(job *Job[T]) bool { return job != own })
		}
		for _, job := range jobs {
			if err != nil {
				job.Err = errors.Join(job.Err, err)
			}
			close(job.done)
		}
	}()
	err = work(ctx, jobs, &begun)
}

var errAbandoned = errors.New("the change was abandoned")
