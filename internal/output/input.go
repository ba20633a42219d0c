package output

import (
	"context"
	"io"
)

// Input is stdin for as long as ctx lasts: a read that waits for somebody to
// type or to write into a pipe ends with ctx's error. What such a read still
// gets afterwards is lost, so nothing should read stdin after that.
func (s *Streams) Input(ctx context.Context) io.Reader {
	return &interruptible{ctx: ctx, r: s.In}
}

type interruptible struct {
	ctx     context.Context //nolint:containedctx // a Reader has no other way to learn of it
	r       io.Reader
	results chan readResult
	buffer  []byte // being read into
	rest    []byte // read and not taken yet
	err     error
}

type readResult struct {
	n   int
	err error
}

// inputBuffer is what one read takes at most.
const inputBuffer = 64 << 10

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	if len(i.rest) == 0 && i.err == nil {
		if err := i.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	if len(i.rest) == 0 && n == 0 {
		return 0, i.err
	}
	return n, nil
}

// fill waits for a read in a goroutine of its own, which outlives the wait when
// ctx ends first: a read of a file cannot be called off.
func (i *interruptible) fill() error {
	if i.results == nil {
		i.results = make(chan readResult, 1)
		i.buffer = make([]byte, inputBuffer)
	}
	go func() {
		n, err := i.r.Read(i.buffer)
		i.results <- readResult{n, err}
	}()
	select {
	case <-i.ctx.Done():
		return i.ctx.Err()
	case result := <-i.results:
		i.rest, i.err = i.buffer[:result.n], result.err
		return nil
	}
}
