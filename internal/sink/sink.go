// Package sink is where bytes go, whole or not at all: a file that appears when
// everything is in it, and what cannot take anything back. Objects of stores are
// in the packages below.
package sink

import (
	"fmt"
	"io"
	"os"
)

// Sink is where an export goes. Nothing counts before Commit; Abort after
// Commit does nothing.
type Sink interface {
	io.Writer
	Commit() error
	Abort() error
}

// Counter is a Sink that keeps beside the bytes how many items they hold. It is
// told before Commit.
type Counter interface {
	CountItems(n int64)
}

// CountItems tells a sink how many items it holds, if it wants to know.
func CountItems(s Sink, n int64) {
	if counter, ok := s.(Counter); ok {
		counter.CountItems(n)
	}
}

// Stream is a sink that cannot take anything back, such as stdout. It does not
// buffer, so that a page shows as soon as it is there; the encoders write in
// large pieces.
func Stream(w io.Writer) Sink { return stream{w} }

type stream struct{ io.Writer }

func (stream) Commit() error { return nil }
func (stream) Abort() error  { return nil }

// AppendingFile starts a file, or empties it, that shows what is written to it at once
// and stays when the work breaks off.
func AppendingFile(path string) (Sink, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666) //nolint:gosec // the file that the user names; the umask decides
	if err != nil {
		return nil, err
	}
	return &appendingFile{File: file}, nil
}

type appendingFile struct {
	*os.File
	done bool
}

func (f *appendingFile) Commit() error {
	f.done = true
	return Both(f.Sync(), f.Close())
}

func (f *appendingFile) Abort() error {
	if f.done {
		return nil
	}
	return f.Commit()
}

// Both is an error and what went wrong while cleaning up after it, on one line.
func Both(err, cleanup error) error {
	switch {
	case cleanup == nil:
		return err
	case err == nil:
		return cleanup
	}
	return fmt.Errorf("%w; %w", err, cleanup)
}
