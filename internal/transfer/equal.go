package transfer

import (
	"bytes"
	"errors"
	"io"

	"github.com/apifyctl/apifyctl/internal/api"
)

// Equal compares to the first difference. A transfer that broke is an error: only
// a value that ended cleanly was compared to its end.
func Equal(a, b io.Reader) (bool, error) {
	one, other := make([]byte, copyBuffer), make([]byte, copyBuffer)
	for {
		n, end, err := fill(a, one)
		if err != nil {
			return false, err
		}
		m, otherEnd, err := fill(b, other)
		if err != nil {
			return false, err
		}
		if !bytes.Equal(one[:n], other[:m]) || end != otherEnd {
			return false, nil
		}
		if end {
			return true, nil
		}
	}
}

// fill reads until the buffer is full or the value ends.
func fill(r io.Reader, buffer []byte) (n int, end bool, err error) {
	n, err = io.ReadFull(r, buffer)
	if errors.Is(err, api.ErrNotResumable) {
		return n, false, err // which may wrap an unexpected end
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, true, nil
	}
	return n, false, err
}
