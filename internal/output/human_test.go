package output

import (
	"math"
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	for size, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 12_345_678: "12 MB", -2000: "-2.0 kB",
		math.MaxInt64: "9.2 EB", math.MinInt64: "-9.2 EB",
	} {
		if got := Bytes(size); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", size, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestRelativeTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for distance, want := range map[time.Duration]string{
		0:                       "now",
		-300 * time.Millisecond: "now",
		300 * time.Millisecond:  "now",
		-time.Second:            "1 second ago",
		-3 * time.Minute:        "3 minutes ago",
		time.Hour:               "in 1 hour",
		49 * time.Hour:          "in 2 days",
		-20 * 24 * time.Hour:    "2 weeks ago",
		-800 * 24 * time.Hour:   "2 years ago",
	} {
		if got := RelativeTime(now.Add(distance), now); got != want {
			t.Errorf("RelativeTime(%v) = %q, want %q", distance, got, want)
		}
	}
	if got := RelativeTime(time.Time{}, now); got != "" {
		t.Errorf("the zero time is %q", got)
	}
}
