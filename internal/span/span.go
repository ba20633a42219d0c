// Package span reads spans of time on the command line.
package span

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Flag is a flag's span of time: Go's durations, and whole days and weeks, as in
// "36h", "30d", "2w".
type Flag time.Duration

var _ pflag.Value = (*Flag)(nil)

// Duration is the span; 0 where the flag was not given.
func (f Flag) Duration() time.Duration { return time.Duration(f) }

// Set reads the flag's value.
func (f *Flag) Set(text string) error {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		number, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		count, err := strconv.ParseInt(number, 10, 32)
		if err != nil || count <= 0 || count > int64(longest/length) {
			return fmt.Errorf("%q is no span of time such as 48h, 30d or 2w", text)
		}
		*f = Flag(time.Duration(count) * length)
		return nil
	}
	span, err := time.ParseDuration(text)
	if err != nil || span <= 0 || span > longest {
		return fmt.Errorf("%q is no span of time such as 48h, 30d or 2w", text)
	}
	*f = Flag(span)
	return nil
}

// longest is a century: beyond what any flag means, below what overflows.
const longest = 36_500 * 24 * time.Hour

// Type is what help calls the value.
func (*Flag) Type() string { return "span" }

// String is "" for a flag without a default.
func (f *Flag) String() string {
	switch span := time.Duration(*f); {
	case span == 0:
		return ""
	case span%(24*time.Hour) == 0:
		return strconv.FormatInt(int64(span/(24*time.Hour)), 10) + "d"
	default:
		return span.String()
	}
}
