package records

import (
	"context"
	"errors"
	"io"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Save writes a value to a file or an object, which appears whole or not at all. The
// progress counts bytes.
func Save(ctx context.Context, files Files, s transfer.Store, key, path string, w sink.Writing, progress *output.Progress) (err error) {
	var file sink.Sink
	defer func() {
		if file != nil {
			err = errors.Join(err, file.Abort())
		}
	}()
	_, err = s.CopyTo(ctx, api.Key{Key: key}, func(info api.RecordInfo) (io.Writer, error) {
		if file != nil { // it begins again
			if err := file.Abort(); err != nil {
				return nil, err
			}
		}
		if file, err = files.CreateRaw(ctx, path, w); err != nil {
			return nil, err
		}
		if info.ContentEncoding == "" {
			progress.SetTotal(info.Size)
		}
		return writerFunc(func(p []byte) (int, error) {
			n, err := file.Write(p)
			progress.Add(int64(n), int64(n))
			return n, err
		}), nil
	})
	if err != nil {
		return err
	}
	return file.Commit()
}
