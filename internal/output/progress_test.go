package output

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// screen is what a terminal shows of what was written to it, in lines.
func screen(written string) []string {
	var lines []string
	for line := range strings.Lines(written) {
		var shown []rune
		column := 0
		for _, r := range strings.TrimSuffix(line, "\n") {
			if r == '\r' {
				column = 0
				continue
			}
			if column == len(shown) {
				shown = append(shown, ' ')
			}
			shown[column] = r
			column++
		}
		lines = append(lines, strings.TrimRight(string(shown), " "))
	}
	return lines
}

func terminalStreams(width int) (*Streams, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return &Streams{
		Out: &out, Err: newStatusWriter(&err), ErrTerminal: true,
		errWidth: func() int { return width },
	}, &out, &err
}

func TestBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out, err := terminalStreams(120)
		p := s.Progress(ProgressOptions{Label: "products", Unit: "items"})
		if err.Len() > 0 {
			t.Errorf("shown at once: %q", err.String())
		}
		step := func(want string) {
			t.Helper()
			time.Sleep(barInterval)
			synctest.Wait()
			lines := screen(err.String())
			if got := lines[len(lines)-1]; got != want {
				t.Errorf("screen: %q\n  want: %q", got, want)
			}
		}
		p.Add(100, 2_000_000)
		step(`| products 100 items, 2.0 MB, 1,000 items/s`)
		p.SetTotal(1000)
		p.Retry()
		step(`products  10% |██                  | 100/1,000 items, 2.0 MB, 500 items/s, 2 s left, 1 retry`)
		p.Add(900, 18_000_000)
		p.Retry()
		step(`products 100% |████████████████████| 1,000/1,000 items, 20 MB, 3,333 items/s, 2 retries`)
		p.SetTotal(4000) // the dataset grew
		step(`products  25% |█████               | 1,000/4,000 items, 20 MB, 2,500 items/s, 1 s left, 2 retries`)
		p.SetTotal(0)
		step(`/ products 1,000 items, 20 MB, 2,000 items/s, 2 retries`)
		p.SetTotal(500) // fewer than came
		step(`products 100% |████████████████████| 1,000/500 items, 20 MB, 1,666 items/s, 2 retries`)

		s.Notef("a note")
		time.Sleep(barInterval)
		synctest.Wait()
		p.Done()
		p.Done()
		lines := screen(err.String())
		if len(lines) != 2 || lines[0] != "a note" || lines[1] != "" {
			t.Errorf("the screen at the end: %q", lines)
		}
		if strings.ContainsRune(err.String(), 0x1b) {
			t.Errorf("escape sequences in %q", err.String())
		}
		if out.Len() > 0 {
			t.Errorf("stdout: %q", out.String())
		}
	})
}

func TestBarFitsTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, err := terminalStreams(30)
		p := s.Progress(ProgressOptions{Label: "товары 商品\x1b[2J", Unit: "items", Total: 10})
		p.Add(5, 100)
		time.Sleep(barInterval)
		synctest.Wait()
		p.Done()
		first := strings.Split(err.String(), "\r")[1]
		if want := `товары 商品\x1b[2J 50% 5 i…`; first != want {
			t.Errorf("drawn: %q, want %q", first, want)
		}
	})
}

// On a narrow terminal the numbers that say most are left.
func TestNarrowBar(t *testing.T) {
	for width, want := range map[int]string{
		110: `products  50% |██████████          | 500/1,000 items, 2.0 MB, 5,000 items/s, 0 s left, 1 retry`,
		80:  `products 50% 500/1,000 items, 2.0 MB, 5,000 items/s, 0 s left, 1 retry`,
		65:  `products 50% 500/1,000 items, 5,000 items/s, 0 s left, 1 retry`,
		55:  `products 50% 500/1,000 items, 0 s left, 1 retry`,
		45:  `products 50% 500 items, 0 s left, 1 retry`,
		40:  `products 50% 500 items, 0 s left`,
		30:  `products 50% 500 items, 0 …`,
		2:   `…`,
	} {
		synctest.Test(t, func(t *testing.T) {
			s, _, err := terminalStreams(width)
			p := s.Progress(ProgressOptions{Label: "products", Unit: "items", Total: 1000})
			p.Add(500, 2_000_000)
			p.Retry()
			time.Sleep(barInterval)
			synctest.Wait()
			p.Done()
			if drawn := strings.Split(err.String(), "\r")[1]; drawn != want {
				t.Errorf("drawn on %d columns: %q, want %q", width, drawn, want)
			}
		})
	}
}

func TestBarLeavesALineAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, err := terminalStreams(80)
		p := s.Progress(ProgressOptions{Label: "l", Unit: "items"})
		_, _ = fmt.Fprint(s.Err, "half a ")
		time.Sleep(5 * barInterval)
		synctest.Wait()
		_, _ = fmt.Fprint(s.Err, "line\n")
		p.Done()
		if got := err.String(); got != "half a line\n" {
			t.Errorf("stderr: %q", got)
		}
	})
}

func TestPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, err bytes.Buffer
		s := &Streams{Out: &out, Err: newStatusWriter(&err)}
		p := s.Progress(ProgressOptions{Label: "products", Unit: "items", Total: 4000, Mode: ProgressPlain})
		p.Add(1000, 2_000_000)
		time.Sleep(plainInterval)
		synctest.Wait()
		p.Add(10, 0)
		time.Sleep(plainInterval)
		synctest.Wait()
		p.Done()
		want := "products: 1,000/4,000 items, 2.0 MB, 200 items/s, 15 s left\n" +
			"products: 1,010/4,000 items, 2.0 MB, 101 items/s, 30 s left\n"
		if got := err.String(); got != want {
			t.Errorf("stderr: %q\n  want: %q", got, want)
		}
	})
}

func TestNoProgress(t *testing.T) {
	for _, test := range []struct {
		name     string
		terminal bool
		quiet    bool
		mode     ProgressMode
	}{
		{"auto off a terminal", false, false, ProgressAuto},
		{"off", true, false, ProgressOff},
		{"quiet", true, true, ProgressAuto},
		{"quiet and plain", true, true, ProgressPlain},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var err bytes.Buffer
				s := &Streams{Err: newStatusWriter(&err), ErrTerminal: test.terminal, Quiet: test.quiet}
				p := s.Progress(ProgressOptions{Label: "l", Unit: "items", Mode: test.mode})
				p.Add(1, 1)
				time.Sleep(2 * plainInterval)
				synctest.Wait()
				p.Done()
				if err.Len() > 0 {
					t.Errorf("shown: %q", err.String())
				}
			})
		})
	}
}

func TestProgressFigures(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{formatRate(9.96), "10.0"},
		{formatRate(10), "10"},
		{byteShare(499, 999), "499/999 B"},
		{byteShare(500, 1000), "0.5/1.0 kB"},
		{byteShare(1, 1_000_000), "0.0/1.0 MB"},
		{formatLeft(59.4), "59 s"},
		{formatLeft(59.5), "1 min 0 s"},
		{formatLeft(3599), "59 min 59 s"},
		{formatLeft(3600), "1 h 0 min"},
		{formatLeft(3_600_000), "1000 h 0 min"},
		{formatLeft(3_600_001), "> 1000 h"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

func TestProgressFromManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, err := terminalStreams(200)
		p := s.Progress(ProgressOptions{Label: "l", Unit: "items"})
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for i := range int64(100) {
					p.Add(1, 10)
					p.SetTotal(800 + i)
					p.Retry()
					s.Notef("note")
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		group.Wait()
		time.Sleep(barInterval)
		synctest.Wait()
		for range 8 {
			group.Go(p.Done)
		}
		group.Wait()
		if !regexp.MustCompile(`800/899 items, 8\.0 kB, .*, 800 retries`).MatchString(err.String()) {
			t.Errorf("the last numbers are missing")
		}
		for _, line := range screen(err.String()) {
			if line != "note" && line != "" {
				t.Errorf("mixed up: %q", line)
			}
		}
	})
}

func TestProgressInBytes(t *testing.T) {
	for _, test := range []struct {
		name        string
		done, total int64
		want        string
	}{
		{"of megabytes", 4_000_000, 23_300_000, "4.0/23.3 MB"},
		{"of kilobytes", 500, 1_500, "0.5/1.5 kB"},
		{"of bytes", 5, 17, "5/17 B"},
		{"of what is not known", 4_000_000, 0, "4.0 MB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := newProgressView("put", "B").amount(test.done, test.total); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for seconds, want := range map[float64]string{12.2: "12 s", 75: "1 min 15 s", 7300: "2 h 1 min", 1e9: "> 1000 h"} {
		if got := formatLeft(seconds); got != want {
			t.Errorf("%v seconds: %q, want %q", seconds, got, want)
		}
	}
}
