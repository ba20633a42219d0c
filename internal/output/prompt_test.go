package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

func asking(in io.Reader) (*Streams, *bytes.Buffer) {
	var err bytes.Buffer
	return &Streams{In: in, Err: newStatusWriter(&err), InTerminal: true, ErrTerminal: true}, &err
}

func TestConfirm(t *testing.T) {
	for in, want := range map[string]bool{
		"y\n": true, "Y\n": true, " yes \r\n": true, "YES\n": true,
		"\n": false, "n\n": false, "yess\n": false, "y": false, "": false,
		"y" + strings.Repeat(" ", 5000) + "\n": true,
	} {
		s, err := asking(strings.NewReader(in))
		got, failure := s.Confirm(t.Context(), "delete \x1b?")
		if got != want || failure != nil {
			t.Errorf("%q: %v, %v", in, got, failure)
		}
		if text := err.String(); !strings.HasPrefix(text, `delete \x1b? [y/N] `) {
			t.Errorf("asked: %q", text)
		}
	}
}

func TestConfirmTwice(t *testing.T) {
	s, _ := asking(strings.NewReader("y\nn\ny\n"))
	for i, want := range []bool{true, false, true, false} {
		if got, err := s.Confirm(t.Context(), "sure?"); got != want || err != nil {
			t.Errorf("answer %d: %v, %v", i, got, err)
		}
	}
}

func TestConfirmNotInteractive(t *testing.T) {
	for name, spoil := range map[string]func(*Streams){
		"stdin":    func(s *Streams) { s.InTerminal = false },
		"stderr":   func(s *Streams) { s.ErrTerminal = false },
		"no input": func(s *Streams) { s.NoInput = true },
	} {
		s, err := asking(strings.NewReader("y\n"))
		spoil(s)
		if yes, failure := s.Confirm(t.Context(), "sure?"); yes || !errors.Is(failure, ErrNotInteractive) {
			t.Errorf("%s: %v, %v", name, yes, failure)
		}
		if err.Len() > 0 {
			t.Errorf("%s: asked %q", name, err.String())
		}
	}
}

func TestConfirmReadError(t *testing.T) {
	s, _ := asking(iotest.ErrReader(iotest.ErrTimeout))
	if yes, err := s.Confirm(t.Context(), "sure?"); yes || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%v, %v", yes, err)
	}
}

func TestConfirmInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, typed := io.Pipe()
		s, stderr := asking(in)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := s.Confirm(ctx, "sure?")
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if got := stderr.String(); got != "sure? [y/N] \n" {
			t.Errorf("stderr: %q", got)
		}
		_ = typed.Close() // lets the read end
		if yes, err := s.Confirm(ctx, "again?"); yes || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v", yes, err)
		}
	})
}
