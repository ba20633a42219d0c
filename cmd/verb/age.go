package verb

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Age is a flag's span of time: Go's durations, and whole days and weeks, as in
// "36h", "30d", "2w".
type Age time.Duration

var _ pflag.Value = (*Age)(nil)

// Duration is the span; 0 where the flag was not given.
func (a Age) Duration() time.Duration { return time.Duration(a) }

// Set reads the flag's value.
func (a *Age) Set(text string) error {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		number, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		count, err := strconv.ParseInt(number, 10, 32)
		if err != nil || count <= 0 || count > int64(longest/length) {
			return fmt.Errorf("%q is no span of time such as 48h, 30d or 2w", text)
		}
		*a = Age(time.Duration(count) * length)
		return nil
	}
	span, err := time.ParseDuration(text)
	if err != nil || span <= 0 || span > longest {
		return fmt.Errorf("%q is no span of time such as 48h, 30d or 2w", text)
	}
	*a = Age(span)
	return nil
}

// longest is a century: beyond what any flag means, below what overflows.
const longest = 36_500 * 24 * time.Hour

// Type is what help calls the value.
func (*Age) Type() string { return "span" }

// String is "" for a flag without a default.
func (a *Age) String() string {
	switch span := time.Duration(*a); {
	case span == 0:
		return ""
	case span%(24*time.Hour) == 0:
		return strconv.FormatInt(int64(span/(24*time.Hour)), 10) + "d"
	default:
		return span.String()
	}
}
