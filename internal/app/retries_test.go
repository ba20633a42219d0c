package app

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetriesAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r retries
		refused, busy := errors.New("connection refused"), errors.New("too many requests")
		for i, step := range []struct {
			after time.Duration
			err   error
			wait  time.Duration
			want  bool
		}{
			{0, refused, time.Second, false}, // nobody notices
			{0, refused, 3 * time.Second, true},
			{0, refused, 4 * time.Second, false}, // the others that were under way
			{2 * time.Second, errors.New("connection refused"), 5 * time.Second, false},
			{time.Second, refused, 6 * time.Second, true}, // the wait that was told is over
			{0, busy, 2 * time.Second, true},              // something else
			{0, refused, 6 * time.Second, true},
		} {
			time.Sleep(step.after)
			if got := r.tell(step.err, step.wait); got != step.want {
				t.Errorf("step %d: told is %v", i, got)
			}
		}
	})
}
