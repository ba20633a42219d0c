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
	return equal(stored, file)
}

func equal(a, b io.Reader) (bool, error) {
	one, other := make([]byte, copyBuffer), make([]byte, copyBuffer)
	for {
		n, err := io.ReadFull(a, one)
		m, otherErr := io.ReadFull(b, other)
		if !bytes.Equal(one[:n], other[:m]) {
			return false, nil
		}
		for _, err := range []error{err, otherErr} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if err != nil || otherErr != nil {
			// Only a value that ended cleanly was compared to its end.
			return !errors.Is(err, api.ErrNotResumable) && (err != nil) == (otherErr != nil), nil
		}
	}
}
