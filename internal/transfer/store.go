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

// Copies is how often a broken transfer is begun again where nobody has seen
// what came of it.
const Copies = 3

// CopyTo writes a record's value to what open returns. Where the transfer breaks
// and cannot go on, it begins again with another call of open, which throws away
// what was written before.
func (s Store) CopyTo(ctx context.Context, key string, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, err error) {
	for range Copies {
		info, err = s.CopyOnce(ctx, key, open)
		if !errors.Is(err, api.ErrNotResumable) {
			break
		}
	}
	return info, err
}

// CopyOnce is one try of CopyTo. It fails with api.ErrNotResumable where the
// transfer broke and has to begin again.
func (s Store) CopyOnce(ctx context.Context, key string, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, err error) {
	reader, err := s.OpenRecord(ctx, s.Ref, key)
	if err != nil {
		return info, err
	}
	defer func() { _ = reader.Close() }() // of a transfer that was read to its end, or has failed
	w, err := open(reader.Info)
	if err != nil {
		return reader.Info, err
	}
	_, err = io.CopyBuffer(onlyWriter{w}, onlyReader{reader}, make([]byte, copyBuffer))
	return reader.Info, err
}

const copyBuffer = 64 << 10

// They hide shortcuts that would take buffers of their own.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
