package bulk

import (
	"errors"
	"fmt"
	"sync"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Failures gathers the units of a worker that failed, and tells the engine by the
// error that it ends with whether another try is worth it: a PartialError is, a
// UsageError and one of the API's refusals are not.
type Failures struct {
	Tell  failure.Tell
	Units int // of the worker

	mutex   sync.Mutex
	failed  int
	lasting int
	refused error
}

// Add takes note of a unit that failed, and tells why. Safe for concurrent use.
func (f *Failures) Add(u Unit, err error) {
	err = fmt.Errorf("unit %d, dataset %q: %w", u.Unit, u.Label(), err)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.failed++
	switch {
	case Refused(err):
		f.lasting++
		f.refused = err
	case Lasting(err):
		f.lasting++
	}
	f.Tell(err)
}

// Hopeless tells that what has failed will befall all other units as well.
func (f *Failures) Hopeless() bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.refused != nil
}

// Err is the end of the worker. As long as one unit may go well the next time, it is
// worth another try.
func (f *Failures) Err() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	switch {
	case f.failed == 0:
		return nil
	case f.refused != nil:
		return f.refused
	case f.lasting == f.failed:
		return failure.WithHint(failure.Usagef("%d of %d units do not fit the plan any more, and will fail again", f.failed, f.Units), "make a new plan; what fits this one is exported")
	}
	return &failure.PartialError{Failed: f.failed, Total: f.Units, Noun: "units"}
}

// Refused tells that the API, or the store, does not allow it.
func Refused(err error) bool {
	return api.IsUnauthorized(err) || api.IsForbidden(err) || object.Denied.Is(err)
}

// Lasting tells that the same failure will come again.
func Lasting(err error) bool {
	return is[*ChangedError](err) || api.IsNotFound(err) ||
		is[*export.ItemError](err) || is[*export.UnknownFieldsError](err) || is[*flatten.ColumnLimitError](err) ||
		is[*failure.UsageError](err) || object.Mistaken.Is(err)
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
