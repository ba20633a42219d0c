package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
)

func TestNewStreamsOffATerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	t.Cleanup(func() { _ = w.Close() })
	s := NewStreams(r, w, w, func(string) string { return "" })
	if s.InTerminal || s.OutTerminal || s.ErrTerminal || s.OutColor || s.ErrColor {
		t.Errorf("a pipe is taken for a terminal: %+v", s)
	}
	if got := s.Width(); got != 0 {
		t.Errorf("Width = %d", got)
	}
}

func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	s := NewStreams(os.Stdin, w, os.Stderr, os.Getenv)
	for range 2 {
		if _, err := io.WriteString(s.Out, "data"); !errors.Is(err, ErrClosedPipe) {
			t.Errorf("err = %v, want ErrClosedPipe", err)
		}
	}
}

func TestOtherErrorsStay(t *testing.T) {
	f, err := os.Open(os.DevNull) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	s := NewStreams(os.Stdin, f, os.Stderr, os.Getenv)
	if _, err := io.WriteString(s.Out, "data"); err == nil || errors.Is(err, ErrClosedPipe) {
		t.Errorf("err = %v", err)
	}
}

func TestSetColor(t *testing.T) {
	for _, test := range []struct {
		mode    ColorMode
		decided bool
		want    bool
	}{
		{ColorAuto, false, false},
		{ColorAuto, true, true},
		{ColorAlways, false, true},
		{ColorNever, true, false},
	} {
		s := &Streams{OutColor: test.decided, ErrColor: test.decided}
		s.SetColor(test.mode)
		if s.OutColor != test.want || s.ErrColor != test.want {
			t.Errorf("%s after %v: %v, %v", test.mode, test.decided, s.OutColor, s.ErrColor)
		}
	}
}

func TestWidth(t *testing.T) {
	ask := func(n int) func() int { return func() int { return n } }
	for _, test := range []struct {
		s    Streams
		want int
	}{
		{Streams{}, 0},
		{Streams{outWidth: ask(120)}, 0},
		{Streams{OutTerminal: true}, 80},
		{Streams{OutTerminal: true, outWidth: ask(0)}, 80},
		{Streams{OutTerminal: true, outWidth: ask(120)}, 120},
	} {
		if got := test.s.Width(); got != test.want {
			t.Errorf("Width = %d, want %d", got, test.want)
		}
	}
}

func TestNotes(t *testing.T) {
	var out, err bytes.Buffer
	s := &Streams{Out: &out, Err: &err}
	s.Notef("%s written", "a\x1b[2Jb\n")
	s.Quiet = true
	s.Notef("silent")
	s.Warnf("%d left", 3)
	if got, want := err.String(), "a\\x1b[2Jb\\n written\nwarning: 3 left\n"; got != want {
		t.Errorf("stderr: %q, want %q", got, want)
	}
	if out.Len() > 0 {
		t.Errorf("stdout: %q", out.String())
	}
}
