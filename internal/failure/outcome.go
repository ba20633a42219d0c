package failure

import (
	"errors"
	"sync"
)

// Tell tells a person about something that failed and does not end the work.
type Tell func(error)

// Outcome gathers what failed of several things: each failure is told on a line
// of its own, that of the only thing is left to be the error. Safe for concurrent
// use.
type Outcome struct {
	Noun string // what there are several of, in the plural
	Tell Tell

	mutex  sync.Mutex
	total  int
	failed int
	first  error
	told   int
}

// maxTold is how many failures are told one by one.
const maxTold = 50

// Note takes note of one thing. It reports whether it went well.
func (o *Outcome) Note(err error) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.total++
	if o.first != nil && o.told == 0 {
		o.tell(o.first) // it was not the only thing
	}
	if err == nil {
		return true
	}
	o.failed++
	if o.first == nil {
		o.first = err
	}
	if o.total > 1 {
		o.tell(err)
	}
	return false
}

func (o *Outcome) tell(err error) {
	o.told++
	switch {
	case o.told <= maxTold:
		o.Tell(err)
	case o.told == maxTold+1:
		o.Tell(errors.New("more have failed, and are not shown"))
	}
}

// Total is how many were noted.
func (o *Outcome) Total() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.total
}

// Failed is how many have failed.
func (o *Outcome) Failed() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.failed
}

// Err is a PartialError where some of several have failed, and the failure itself
// of the only thing.
func (o *Outcome) Err() error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	switch {
	case o.failed == 0:
		return nil
	case o.total == 1:
		return o.first
	}
	return &PartialError{Failed: o.failed, Total: o.total, Noun: o.Noun}
}
