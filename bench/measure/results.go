package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
)

// results are what was measured, job by job. Several runs may have brought them
// together.
type results struct {
	Machine string               `json:"machine"`
	Jobs    map[string]*measured `json:"jobs"`
}

type measured struct {
	Items     int       `json:"items"`
	Seconds   []float64 `json:"seconds,omitempty"`
	Megabytes []int     `json:"megabytes,omitempty"` // resident, at most
	Failed    string    `json:"failed,omitempty"`
}

func load(path string) (*results, error) {
	r := &results{Jobs: map[string]*measured{}}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r *results) save(path string) error {
	r.Machine = fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}

// table is the results in Markdown. What was not measured says so.
func (r *results) table(rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n| work | measured | target | |\n|---|---|---|---|\n", r.Machine)
	var memories []row
	for _, each := range rows {
		if each.how == memory || each.how == memoryTimes {
			memories = append(memories, each)
			continue
		}
		text, verdict := r.value(each)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", each.text, text, each.target(), verdict)
	}
	fmt.Fprintf(&b, "\nPeak memory, resident:\n\n| format | 4 connections, %s | 16 connections, %s | 4 connections, large / first column, %s |\n|---|---|---|---|\n",
		row{how: memory, bound: mostOfFour}.target(), row{how: memory, bound: mostOfSixteen}.target(), row{how: memoryTimes, bound: mostOfLarge}.target())
	for three := range slices.Chunk(memories, 3) {
		fmt.Fprintf(&b, "| %s |", three[0].text)
		for _, each := range three {
			text, verdict := r.value(each)
			fmt.Fprintf(&b, " %s |", strings.TrimSpace(text+" "+verdict))
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func (r row) target() string {
	switch {
	case r.bound == 0:
		return "none"
	case r.how == timesAs:
		return fmt.Sprintf("≥ %g", r.bound)
	case r.how == memory:
		return fmt.Sprintf("≤ %g MB", r.bound)
	}
	return fmt.Sprintf("≤ %g", r.bound)
}

// value is what a row comes to, and how that stands to the bound.
func (r *results) value(of row) (text, verdict string) {
	job, against := r.Jobs[of.job], r.Jobs[of.against]
	if !job.usable() || of.against != "" && !against.usable() {
		return "not measured", ""
	}
	if of.against != "" && of.how != memoryTimes && job.Items != against.Items {
		return "measured with different numbers of items", ""
	}
	var value float64
	switch of.how {
	case memory:
		value = float64(slices.Max(job.Megabytes))
		text = fmt.Sprintf("%g MB (%s items)", value, grouped(job.Items))
	case memoryTimes, memoryShare:
		most := slices.Max(job.Megabytes)
		value = float64(most) / float64(slices.Max(against.Megabytes))
		text = fmt.Sprintf("%.2f (%d MB, %s items)", value, most, grouped(job.Items))
	default:
		a, b := median(job.Seconds), median(against.Seconds)
		value = a / b
		if of.how == timesAs {
			value = b / a
		}
		text = fmt.Sprintf("%.2f (%.2f s / %.2f s; %s items, medians of %d)", value, a, b, grouped(job.Items), min(len(job.Seconds), len(against.Seconds)))
	}
	switch {
	case of.bound == 0:
		return text, ""
	case of.how == timesAs && value >= of.bound, of.how != timesAs && value <= of.bound:
		return text, "met"
	}
	return text, "missed"
}

func (m *measured) usable() bool { return m != nil && m.Failed == "" && len(m.Seconds) > 0 }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

const (
	tableStart = "<!-- measured: bench/run writes what follows -->\n"
	tableEnd   = "<!-- end of what was measured -->\n"
)

func replaceTable(path, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), tableStart)
	_, behind, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return fmt.Errorf("%s has no place for a table", path)
	}
	return os.WriteFile(path, []byte(before+tableStart+"\n"+table+"\n"+tableEnd+behind), 0o666)
}
