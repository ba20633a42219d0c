package kvs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/mediatype"
)

// Transfer copies records of one store to another.
type Transfer struct {
	from, to store
	compress bool
}

// NewTransfer makes no request. With compress, texts travel compressed.
func NewTransfer(from *api.Client, fromRef api.Ref, to *api.Client, toRef api.Ref, compress bool) Transfer {
	return Transfer{store{from.KeyValueStores(), fromRef}, store{to.KeyValueStores(), toRef}, compress}
}

// errOther means that the destination has another value, or another media type,
// under the same key.
var errOther = errors.New("the destination has another record under this key")

// record copies one record with its media type, through a temporary file where it
// is large, and returns its size. With compare, a record that the destination
// has already is looked at first: the same one is left as it is, and stored is
// false; another one is errOther and stays too.
func (t Transfer) record(ctx context.Context, key string, compare bool) (size int64, stored bool, err error) {
	if compare {
		there, err := t.compare(ctx, key)
		if there || err != nil {
			return 0, false, err
		}
	}
	kept := &spool{}
	defer func() { err = errors.Join(err, kept.close()) }()
	info, err := t.from.copyTo(ctx, key, func(api.RecordInfo) (io.Writer, error) { return kept, kept.reset() })
	if api.IsNotFound(err) {
		return 0, false, errGone
	}
	if err != nil {
		return 0, false, t.from.recordFailed(key, err)
	}
	v := value{contentType: info.ContentType, size: kept.size, open: kept.open}
	if v.contentType == "" {
		v.contentType = mediatype.Binary
	}
	if err := t.to.upload(ctx, key, v, t.compress); err != nil {
		return 0, false, t.to.recordFailed(key, err)
	}
	return v.size, true, nil
}

// compare tells whether the destination has the record.
func (t Transfer) compare(ctx context.Context, key string) (there bool, err error) {
	stored, err := t.to.OpenRecord(ctx, t.to.ref, key)
	if api.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, t.to.recordFailed(key, err)
	}
	defer func() { _ = stored.Close() }() // of a transfer that was read as far as needed
	wanted, err := t.from.OpenRecord(ctx, t.from.ref, key)
	if api.IsNotFound(err) {
		return true, errGone
	}
	if err != nil {
		return true, t.from.recordFailed(key, err)
	}
	defer func() { _ = wanted.Close() }() // of a transfer that was read as far as needed
	same := stored.Info.ContentType == wanted.Info.ContentType
	if same {
		if same, err = equal(stored, wanted); err != nil {
			return true, t.to.recordFailed(key, err)
		}
	}
	if !same {
		return true, fmt.Errorf("record %q: %w", key, errOther)
	}
	return true, nil
}

// All copies every record, many at a time, and calls done for each. It returns
// how many the source has, and how many of them were stored. Records that failed
// are told one by one, and the rest is copied.
func (t Transfer) All(ctx context.Context, a *app.App, compare bool, done func(size int64)) (seen, stored int64, err error) {
	results := outcome{app: a}
	var found, copied atomic.Int64
	err = forEachOf(ctx, t.keys(ctx), defaultConcurrency, func(ctx context.Context, key string) error {
		size, fresh, err := t.record(ctx, key, compare)
		switch {
		case fatal(ctx, err):
			return err
		case errors.Is(err, errGone):
			a.Streams.Warnf("record %q was deleted meanwhile", key)
			return nil
		}
		found.Add(1)
		if results.note(err) {
			if fresh {
				copied.Add(1)
			}
			done(size)
		}
		return nil
	})
	if err == nil {
		err = results.err()
	}
	return found.Load(), copied.Load(), err
}

func (t Transfer) keys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range t.from.Keys(ctx, t.from.ref, api.KeysOptions{}) {
			if err != nil {
				err = t.from.failed(err)
			}
			if !yield(key.Key, err) || err != nil {
				return
			}
		}
	}
}

// errGone means that the source had the record when it was listed, and no more.
var errGone = errors.New("the record is gone")
