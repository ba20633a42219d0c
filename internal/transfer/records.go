package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/mediatype"
	"github.com/apifyctl/apifyctl/internal/spool"
)

// records copies those of one store to another.
type records struct {
	from, to Store
	compress bool // texts travel compressed
}

// errOther means that the destination has another value, or another media type,
// under the same key.
var errOther = errors.New("the destination has another record under this key")

// record copies one record with its media type, through a temporary file where it
// is large, and returns its size. With compare, a record that the destination
// has already is looked at first: the same one is left as it is, and stored is
// false; another one is errOther and stays too.
func (t records) record(ctx context.Context, listed api.Key, compare bool) (size int64, stored bool, err error) {
	key := listed.Key
	if compare {
		there, err := t.compare(ctx, key)
		if there || err != nil {
			return 0, false, err
		}
	}
	_, size, err = CopyRecord(ctx, t.from, t.to, listed, t.compress)
	return size, err == nil, err
}

// CopyRecord copies a record with its media type, in the place of one that is
// there, through a temporary file where it is large. It returns what the source
// says of the value that was copied, and its size. One that is gone by now is
// ErrGone.
func CopyRecord(ctx context.Context, from, to Store, listed api.Key, compress bool) (info api.RecordInfo, size int64, err error) {
	key := listed.Key
	kept := &spool.Spool{}
	defer func() { err = errors.Join(err, kept.Close()) }()
	info, err = from.CopyTo(ctx, listed, func(api.RecordInfo) (io.Writer, error) { return kept, kept.Reset() })
	if errors.Is(err, ErrGone) {
		return info, 0, err
	}
	if err != nil {
		return info, 0, from.RecordFailed(key, err)
	}
	v := Value{ContentType: info.ContentType, Size: kept.Size(), Open: kept.Open}
	if v.ContentType == "" {
		v.ContentType = mediatype.Binary
	}
	if err := to.Upload(ctx, key, v, compress); err != nil {
		return info, 0, to.RecordFailed(key, err)
	}
	return info, v.Size, nil
}

// compare tells whether the destination has the record.
func (t records) compare(ctx context.Context, key string) (there bool, err error) {
	stored, err := t.to.OpenRecord(ctx, t.to.Ref, key)
	if api.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, t.to.RecordFailed(key, err)
	}
	defer func() { _ = stored.Close() }() // of a transfer that was read as far as needed
	wanted, err := t.from.OpenRecord(ctx, t.from.Ref, key)
	if api.IsNotFound(err) {
		return false, nil // copying it finds out why
	}
	if err != nil {
		return true, t.from.RecordFailed(key, err)
	}
	defer func() { _ = wanted.Close() }() // of a transfer that was read as far as needed
	same := stored.Info.ContentType == wanted.Info.ContentType
	if same {
		if same, err = Equal(stored, wanted); err != nil {
			return true, t.to.RecordFailed(key, err)
		}
	}
	if !same {
		return true, fmt.Errorf("record %q: %w", key, errOther)
	}
	return true, nil
}

// all copies every record, many at a time, and calls done for each. It returns
// how many the source has, and how many of them were stored. Records that failed
// are told one by one, and the rest is copied.
func (t records) all(ctx context.Context, tell failure.Tell, compare bool, done func(size int64)) (seen, stored int64, err error) {
	results := failure.Outcome{Noun: "records", Tell: tell}
	var found, copied atomic.Int64
	err = ForEachOf(ctx, t.keys(ctx), DefaultConcurrency, func(ctx context.Context, key api.Key) error {
		size, fresh, err := t.record(ctx, key, compare)
		switch {
		case Fatal(ctx, err):
			return err
		case errors.Is(err, ErrGone):
			tell(fmt.Errorf("record %q was deleted meanwhile", key.Key))
			return nil
		}
		found.Add(1)
		if results.Note(err) {
			if fresh {
				copied.Add(1)
			}
			done(size)
		}
		return nil
	})
	if err == nil {
		err = results.Err()
	}
	return found.Load(), copied.Load(), err
}

func (t records) keys(ctx context.Context) iter.Seq2[api.Key, error] {
	return func(yield func(api.Key, error) bool) {
		for key, err := range t.from.Keys(ctx, t.from.Ref, api.KeysOptions{}) {
			if err != nil {
				err = t.from.Failed(err)
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}
