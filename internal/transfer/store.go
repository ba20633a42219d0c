package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Store is a store whose records are worked on.
type Store struct {
	api.KeyValueStores
	Ref api.Ref
}

// Failed says which storage an error is about, and what helps.
func Failed(kind api.Kind, ref fmt.Stringer, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s %q: %w", kind, ref, err)
	if failure.Hint(err) == "" && api.IsNotFound(err) && !errors.Is(err, api.ErrOutcomeUnknown) {
		err = failure.WithHint(err, "`list --all` shows the storages there are, the unnamed ones too")
	}
	return err
}

// Failed says which store an error is about.
func (s Store) Failed(err error) error { return Failed(api.KindKeyValueStore, s.Ref, err) }

// RecordFailed says which record an error is about.
func (s Store) RecordFailed(key string, err error) error {
	if err == nil {
		return nil
	}
	var invalid *api.KeyError
	if errors.As(err, &invalid) {
		return failure.Usagef("%v", err)
	}
	hint := failure.Hint(err)
	if api.IsNotFound(err) && hint == "" {
		hint = fmt.Sprintf("`apifyctl kvs keys %s` lists the keys", s.Ref)
	}
	err = fmt.Errorf("record %q: %w", key, err)
	if hint != "" {
		err = failure.WithHint(err, hint)
	}
	return s.Failed(err)
}

// Missing says whether it is the record that there is none of, or the store.
func (s Store) Missing(ctx context.Context, key string, err error) error {
	if api.IsNotFound(err) {
		if _, gone := s.Get(ctx, s.Ref); api.IsNotFound(gone) {
			return s.Failed(gone)
		}
	}
	return s.RecordFailed(key, err)
}

// KeyNames are all keys of a selection.
func (s Store) KeyNames(ctx context.Context, o api.KeysOptions) ([]string, error) {
	var keys []string
	for key, err := range s.Keys(ctx, s.Ref, o) {
		if err != nil {
			return nil, s.Failed(err)
		}
		keys = append(keys, key.Key)
	}
	return keys, nil
}

// copies is how often a broken transfer is begun again where nobody has seen
// what came of it.
const copies = 3

// ErrGone means that a record was there when it was listed, and is not listed any
// more.
var ErrGone = errors.New("the record is gone")

// errNotAsListed is an answer that contradicts the list of keys.
var errNotAsListed = errors.New("the server contradicts its own list of keys")

// Tries calls try again where a transfer of CopyOnce broke and has to begin anew.
func Tries(try func() error) (err error) {
	for range copies {
		err = try()
		if !errors.Is(err, api.ErrNotResumable) && !errors.Is(err, errNotAsListed) {
			break
		}
	}
	return err
}

// CopyTo writes a record's value to what open returns. Where the transfer breaks
// and cannot go on, it begins again with another call of open, which throws away
// what was written before.
func (s Store) CopyTo(ctx context.Context, key api.Key, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, err error) {
	err = Tries(func() error {
		info, err = s.CopyOnce(ctx, key, open)
		return err
	})
	return info, err
}

// CopyOnce is one try of CopyTo, for Tries. A key that comes from a list of keys,
// as its Raw tells, is held against it: what is listed is there, and of that size.
// One that has gone since is ErrGone.
func (s Store) CopyOnce(ctx context.Context, key api.Key, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, err error) {
	info, size, err := s.copyOnce(ctx, key.Key, open)
	if key.Raw == nil || err != nil && !api.IsNotFound(err) {
		return info, err
	}
	if err == nil && (key.Size == 0 || key.Size == size || key.Size == info.Size) {
		return info, nil
	}
	listed, there, listErr := s.Listed(ctx, s.Ref, key.Key)
	switch {
	case listErr != nil:
		return info, listErr
	case err != nil && !there:
		return info, ErrGone
	case err != nil:
		return info, fmt.Errorf("%w: it lists the record and says that there is none", errNotAsListed)
	case !there || listed.Size != size && listed.Size != info.Size:
		return info, fmt.Errorf("%w: it lists a record of %d bytes and sends %d", errNotAsListed, listed.Size, size)
	}
	return info, nil // it was changed meanwhile
}

// copyOnce returns the size of the value, too, as it is before it is stored.
func (s Store) copyOnce(ctx context.Context, key string, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, size int64, err error) {
	reader, err := s.OpenRecord(ctx, s.Ref, key)
	if err != nil {
		return info, 0, err
	}
	defer func() { _ = reader.Close() }() // of a transfer that was read to its end, or has failed
	w, err := open(reader.Info)
	if err != nil {
		return reader.Info, 0, err
	}
	size, err = io.CopyBuffer(onlyWriter{w}, onlyReader{reader}, make([]byte, copyBuffer))
	return reader.Info, size, err
}

const copyBuffer = 64 << 10

// They hide shortcuts that would take buffers of their own.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
