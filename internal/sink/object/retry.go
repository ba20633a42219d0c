package object

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"
)

// Retries says how patient uploads are.
type Retries struct {
	Tries  int                        // 0: 10
	Delay  time.Duration              // before the second try, doubled with each; 0: 250 ms
	Notify func(error, time.Duration) // told before each wait; may be nil

	// Reached says that the store has answered before. One that never has is not
	// tried for long.
	Reached *atomic.Bool
}

const (
	usualTries = 10
	usualDelay = 250 * time.Millisecond
	maxDelay   = 8 * time.Second

	unreachableTries = 3
)

// Briefly is for what can be done without.
func (r Retries) Briefly() Retries {
	r.Tries, r.Notify = 3, nil
	return r
}

func (r Retries) tries() int {
	if r.Tries > 0 {
		return r.Tries
	}
	return usualTries
}

// Do repeats what may be repeated until it goes well, or it is plain that it will
// not.
func (r Retries) Do(ctx context.Context, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || answered(err) {
			r.Reached.Store(true)
		}
		if err == nil || ctx.Err() != nil {
			return either(ctx, err)
		}
		if !again(err) || n == r.tries() || n >= unreachableTries && !r.Reached.Load() {
			return err
		}
		if waitErr := r.wait(ctx, n, err); waitErr != nil {
			return waitErr
		}
	}
}

// Settle has something happen once. After a try whose outcome is not known, landed
// finds out what came of it.
func (r Retries) Settle(ctx context.Context, try func() error, landed func() (bool, error)) error {
	unclear := false
	for n := 1; ; n++ {
		err := try()
		if err == nil {
			return nil
		}
		if !again(err) && !unclear {
			return either(ctx, err)
		}
		// What is refused now may have been carried out before.
		unclear = true
		done := false
		lookErr := r.Do(ctx, func() (err error) {
			if err = ctx.Err(); err == nil {
				done, err = landed()
			}
			return err
		})
		switch {
		case lookErr != nil:
			return &Error{Kind: Unknown, Problem: "the answer is lost, and whether it was written cannot be found out", Hint: "look whether it is there", Err: errors.Join(lookErr, err)}
		case done:
			return nil
		case !again(err) || n == r.tries():
			return err
		}
		if waitErr := r.wait(ctx, n, err); waitErr != nil {
			return waitErr
		}
	}
}

func answered(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status != 0
}

// again tells whether another try makes sense.
func again(err error) bool { return Busy.Is(err) || Silent.Is(err) }

func (r Retries) wait(ctx context.Context, n int, err error) error {
	delay := r.Delay
	if delay == 0 {
		delay = usualDelay
	}
	delay = min(delay<<min(n-1, 16), maxDelay)
	delay = delay/2 + rand.N(delay/2+1) //nolint:gosec // spreads tries, nothing secret
	if e, ok := errors.AsType[*Error](err); ok {
		if seconds, err := strconv.Atoi(e.Wait); err == nil && seconds > 0 {
			delay = max(delay, min(time.Duration(seconds)*time.Second, time.Minute))
		}
	}
	if r.Notify != nil {
		r.Notify(err, delay)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(delay):
		return nil
	}
}

// either is the end of the context, where that is why something failed.
func either(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
