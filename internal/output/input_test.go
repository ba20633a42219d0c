package output

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestInput(t *testing.T) {
	long := strings.Repeat("0123456789", 20_000)
	for name, r := range map[string]io.Reader{
		"plain":           strings.NewReader(long),
		"byte by byte":    iotest.OneByteReader(strings.NewReader(long)),
		"error with data": iotest.DataErrReader(strings.NewReader(long)),
	} {
		s := &Streams{In: r}
		if err := iotest.TestReader(s.Input(t.Context()), []byte(long)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInputPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	s := &Streams{In: io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))}
	if got, err := io.ReadAll(s.Input(t.Context())); string(got) != "abc" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestInputIsInterrupted(t *testing.T) {
	r, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() }) // lets the read end that waits
	ctx, cancel := context.WithCancel(t.Context())
	s := &Streams{In: r}
	input := s.Input(ctx)
	go cancel()
	if n, err := input.Read(make([]byte, 10)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %d bytes, error %v", n, err)
	}
}
