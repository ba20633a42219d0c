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

// statistics is "1,000/4,000 items, 2.0 MB, 500 items/s, 6s left, 1 retry".
func (v *progressView) statistics(n numbers, without ...statistic) string {
	var parts []string
	add := func(s statistic, text string) {
		if !slices.Contains(without, s) {
			parts = append(parts, text)
		}
	}
	done := Count(n.units)
	if n.total > 0 && !slices.Contains(without, statTotal) {
		done += "/" + Count(n.total)
	}
	add(statDone, done+" "+v.unit)
	if n.bytes > 0 {
		add(statBytes, Bytes(n.bytes))
	}
	if elapsed := time.Since(v.started).Seconds(); elapsed > 0 && n.units > 0 {
		rate := float64(n.units) / elapsed
		add(statRate, formatRate(rate)+" "+v.unit+"/s")
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
		return "> 1000h"
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
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
