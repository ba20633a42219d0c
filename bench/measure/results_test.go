package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	r := &results{Jobs: map[string]*measured{
		"ours":   {Items: 1000, Seconds: []float64{3, 1, 2}, Megabytes: []int{40, 50, 45}},
		"theirs": {Items: 1000, Seconds: []float64{40, 10}, Megabytes: []int{20, 25}},
		"more":   {Items: 2000, Seconds: []float64{1}, Megabytes: []int{50}},
		"broken": {Items: 1000, Failed: "exit status 1"},
	}}
	for _, c := range []struct {
		row           row
		text, verdict string
	}{
		{row{job: "ours", against: "theirs", how: timesAs, bound: 15}, "12.50 (2.00 s / 25.00 s; 1,000 items, medians of 2)", "missed"},
		{row{job: "ours", against: "theirs", how: timesAs, bound: 12.5}, "12.50 (2.00 s / 25.00 s; 1,000 items, medians of 2)", "met"},
		{row{job: "ours", against: "theirs", how: timesAs}, "12.50 (2.00 s / 25.00 s; 1,000 items, medians of 2)", ""},
		{row{job: "ours", against: "theirs", how: share, bound: 0.07}, "0.08 (2.00 s / 25.00 s; 1,000 items, medians of 2)", "missed"},
		{row{job: "ours", how: memory, bound: 50}, "50 MB (1,000 items)", "met"},
		{row{job: "ours", against: "theirs", how: memoryTimes, bound: 1.2}, "2.00 (50 MB, 1,000 items)", "missed"},
		{row{job: "ours", against: "broken", how: share, bound: 1}, "not measured", ""},
		{row{job: "ours", against: "more", how: timesAs, bound: 1}, "measured with different numbers of items", ""},
		{row{job: "none", how: memory, bound: 1}, "not measured", ""},
	} {
		if text, verdict := r.value(c.row); text != c.text || verdict != c.verdict {
			t.Errorf("%+v: %q, %q", c.row, text, verdict)
		}
	}
}

func TestRowsHaveJobs(t *testing.T) {
	jobs := (&lab{sizes: map[string]int{}, address: map[string]string{}}).jobs()
	seen := map[string]bool{}
	for _, r := range rows() {
		if _, ok := jobs[r.job]; !ok {
			t.Errorf("%s: no job %q", r.name, r.job)
		}
		if _, ok := jobs[r.against]; r.against != "" && !ok {
			t.Errorf("%s: no job %q", r.name, r.against)
		}
		if seen[r.name] {
			t.Errorf("two rows %q", r.name)
		}
		seen[r.name] = true
	}
}

func TestReplaceTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(path, []byte("before\n"+tableStart+"old\n"+tableEnd+"behind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := replaceTable(path, "| new |\n"); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "before\n"+tableStart+"\n| new |\n\n"+tableEnd+"behind\n" {
		t.Errorf("%s, %v", text, err)
	}
	if err := replaceTable(os.DevNull, ""); err == nil {
		t.Error("a file without a place for the table")
	}
}

func TestCheckers(t *testing.T) {
	long := strings.Repeat("x", 1<<16-3) // so that a mark lies across two reads
	for _, c := range []struct {
		check checker
		text  string
		items int
		good  bool
	}{
		{countLines, "{}\n{}\n", 2, true},
		{countLines, "{}\n{}", 2, false},
		{countRecords, "a\n\"x\ny\"\nz\n", 2, true},
		{countRecords, "a\n\"x", 1, false},
		{countMarks("<item>"), "<item></item>" + long + "<item></item>", 2, true},
		{countMarks("<item>"), "<item></item>", 2, false},
	} {
		if err := c.check(strings.NewReader(c.text), c.items); (err == nil) != c.good {
			t.Errorf("%.20q for %d items: %v", c.text, c.items, err)
		}
	}
}
