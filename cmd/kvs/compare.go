package kvs

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/archive"
)

// unchanged compares a record with its file, to the first difference.
func (j *importing) unchanged(ctx context.Context, entry archive.Entry, v value) (same bool, err error) {
	if !j.there[entry.Key] {
		return false, nil
	}
	stored, err := j.store.OpenRecord(ctx, j.store.ref, entry.Key)
	if api.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = stored.Close() }() // of a transfer that was read as far as needed
	info := stored.Info
	if info.ContentType != v.contentType || info.ContentEncoding == "" && info.Size >= 0 && info.Size != v.size {
		return false, nil
	}
	file, err := v.open()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	same, err = equal(stored, file)
	if errors.Is(err, api.ErrNotResumable) {
		return false, nil // it is stored anew, which does no harm
	}
	return same, err
}

// equal compares to the first difference. A transfer that broke is an error: only
// a value that ended cleanly was compared to its end.
func equal(a, b io.Reader) (bool, error) {
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
