package output

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/schollz/progressbar/v3"
)

const (
	barWidth     = 20
	spinnerStyle = 9 // the library's number of the spinner | / - \
)

// progressView turns numbers into a line of text.
type progressView struct {
	label, unit string
	started     time.Time
	spinner     *progressbar.ProgressBar // keeps which way the spinner points
}

func newProgressView(label, unit string) *progressView {
	v := &progressView{label: label, unit: unit, started: time.Now()}
	v.spinner = drawing(-1, label)
	return v
}

// bar is a bar where the total is known and a spinner where it is not, and the
// statistics behind it. Where that is wider than the terminal, the numbers
// that say most are left.
func (v *progressView) bar(n numbers, width int) string {
	drawn := v.spinner
	if n.total > 0 {
		// A new one each time, as the library's cannot go on once it is full,
		// and a total may grow.
		drawn = drawing(n.total, v.label)
		_ = drawn.Set64(min(n.units, n.total)) // fails only beyond the total
	}
	_ = drawn.RenderBlank() // fails only if the writer does
	text := strings.TrimSpace(drawn.String()) + " " + v.statistics(n)
	head := v.label + " "
	if n.total > 0 {
		head += fmt.Sprintf("%d%% ", 100*min(n.units, n.total)/n.total)
	}
	for _, without := range [][]statistic{
		{}, {statBytes}, {statBytes, statRate}, {statBytes, statRate, statTotal}, {statBytes, statRate, statTotal, statRetries},
	} {
		if runewidth.StringWidth(text) <= width {
			break
		}
		text = head + v.statistics(n, without...)
	}
	return text
}

// plain is one line of a log.
func (v *progressView) plain(n numbers) string {
	return v.label + ": " + v.statistics(n)
}

type statistic int

const (
	statDone  statistic = iota
	statTotal           // the percentage says it, too
	statBytes
	statRate
	statLeft
	statRetries
)

// statistics is "1,000/4,000 items, 2.0 MB, 500 items/s, 6 s left, 1 retry".
func (v *progressView) statistics(n numbers, without ...statistic) string {
	var parts []string
	add := func(s statistic, text string) {
		if !slices.Contains(without, s) {
			parts = append(parts, text)
		}
	}
	inBytes := v.unit == "B"
	total := n.total
	if slices.Contains(without, statTotal) {
		total = 0
	}
	add(statDone, v.amount(n.units, total))
	if n.bytes > 0 && !inBytes {
		add(statBytes, Bytes(n.bytes))
	}
	if elapsed := time.Since(v.started).Seconds(); elapsed > 0 && n.units > 0 {
		rate := float64(n.units) / elapsed
		if inBytes {
			add(statRate, Bytes(int64(rate))+"/s")
		} else {
			add(statRate, formatRate(rate)+" "+v.unit+"/s")
		}
		if n.total > n.units {
			add(statLeft, formatLeft(float64(n.total-n.units)/rate)+" left")
		}
	}
	switch {
	case n.retries == 1:
		add(statRetries, "1 retry")
	case n.retries > 1:
		add(statRetries, Count(n.retries)+" retries")
	}
	return strings.Join(parts, ", ")
}

// amount is how much is done, of how much where that is known: "12/40 items",
// "4.0/23.3 MB".
func (v *progressView) amount(done, total int64) string {
	switch {
	case v.unit == "B" && total > 0:
		return byteShare(done, total)
	case v.unit == "B":
		return Bytes(done)
	case total > 0:
		return Count(done) + "/" + Count(total) + " " + v.unit
	}
	return Count(done) + " " + v.unit
}

// byteShare is a part of a size, in the unit of the whole.
func byteShare(done, total int64) string {
	size, unit := float64(total), "B"
	divisor := 1.0
	for _, larger := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if size < 1000 {
			break
		}
		size, unit, divisor = size/1000, larger, divisor*1000
	}
	if unit == "B" {
		return fmt.Sprintf("%d/%d B", done, total)
	}
	return fmt.Sprintf("%.1f/%.1f %s", float64(done)/divisor, size, unit)
}

func formatRate(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.1f", rate)
	}
	return Count(int64(rate))
}

// formatLeft is the time left; a guess beyond 1000 hours is no better than any.
func formatLeft(seconds float64) string {
	const longest = 1000 * time.Hour
	if seconds > longest.Seconds() {
		return "> 1000 h"
	}
	left := int64(seconds + 0.5)
	switch {
	case left < 60:
		return fmt.Sprintf("%d s", left)
	case left < 3600:
		return fmt.Sprintf("%d min %d s", left/60, left%60)
	}
	return fmt.Sprintf("%d h %d min", left/3600, left%3600/60)
}

// drawing is the library's bar, or its spinner for a total of -1, drawn to
// nowhere: statusWriter puts the line on the screen, because it knows how wide
// that is and what else is written there.
func drawing(total int64, label string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetDescription(label),
		progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSpinnerType(spinnerStyle),
		// 0 keeps the library from starting a goroutine that it never ends.
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
}
