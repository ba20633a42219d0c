package output

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// Bytes is a size for people, in powers of 1000: "12 MB".
func Bytes(size int64) string {
	if size < 0 {
		return "-" + humanize.Bytes(uint64(-size))
	}
	return humanize.Bytes(uint64(size))
}

// Dollars is an amount for people: "$1.75", or "<$0.01" for the least.
func Dollars(amount float64) string {
	const cent = 0.01
	if amount > 0 && amount < cent {
		return "<$0.01"
	}
	return fmt.Sprintf("$%.2f", amount)
}

// Count is a number for people: "1,234,567".
func Count(n int64) string {
	return humanize.Comma(n)
}

// RelativeTime is how long ago t was, or how far ahead it is: "3 minutes ago",
// "in 2 days", "now". The zero time is "".
func RelativeTime(t, now time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case !t.After(now):
		return agoOrNow(humanize.RelTime(t, now, "", ""), "", " ago")
	}
	return agoOrNow(humanize.RelTime(now, t, "", ""), "in ", "")
}

func agoOrNow(distance, before, after string) string {
	if distance == "now" {
		return distance
	}
	return before + distance + after
}

// Plural is a count with its noun: "1 item", "1,234 items".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}
