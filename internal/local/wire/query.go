package wire

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Query reads parameters; the first one that is wrong is kept in err.
type Query struct {
	Values url.Values
	Err    error
}

// Fail notes that a parameter is not what it must be.
func (q *Query) Fail(parameter, want string) {
	if q.Err == nil {
		q.Err = InvalidValue("The parameter %q must be %s", parameter, want)
	}
}

// Whole reads a whole number; one that is too large is the largest.
func (q *Query) Whole(parameter string, otherwise int64) int64 {
	text := q.Values.Get(parameter)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) && n > 0 {
		n, err = math.MaxInt64, nil
	}
	if err != nil || n < 0 {
		q.Fail(parameter, "a whole number, zero or more")
	}
	return n
}

// Flag reads 1, 0, true or false; none is false.
func (q *Query) Flag(parameter string) bool {
	switch q.Values.Get(parameter) {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	}
	q.Fail(parameter, "1, 0, true or false")
	return false
}

// OneOf reads one of several words; "" among them lets it be left out.
func (q *Query) OneOf(parameter string, allowed ...string) string {
	text := q.Values.Get(parameter)
	if !slices.Contains(allowed, text) {
		q.Fail(parameter, "one of "+strings.Trim(strings.Join(allowed, ", "), ", "))
	}
	return text
}

// Names reads a comma-separated list.
func (q *Query) Names(parameter string) []string {
	return slices.DeleteFunc(strings.Split(q.Values.Get(parameter), ","), func(name string) bool { return name == "" })
}

// Point reads a point in time; none is the zero time.
func (q *Query) Point(parameter string) time.Time {
	text := q.Values.Get(parameter)
	if text == "" {
		return time.Time{}
	}
	point, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		q.Fail(parameter, "a time such as 2025-09-01T00:00:00.000Z")
	}
	return point
}
