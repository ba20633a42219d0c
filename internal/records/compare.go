package records

import (
	"context"
	"errors"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// unchanged compares a record with its file, to the first difference.
func (j *Import) unchanged(ctx context.Context, entry archive.Entry, v transfer.Value) (same bool, err error) {
	if !j.there[entry.Key] {
		return false, nil
	}
	stored, err := j.Store.OpenRecord(ctx, j.Store.Ref, entry.Key)
	if api.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = stored.Close() }() // of a transfer that was read as far as needed
	info := stored.Info
	if info.ContentType != v.ContentType || info.ContentEncoding == "" && info.Size >= 0 && info.Size != v.Size {
		return false, nil
	}
	file, err := v.Open()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	same, err = transfer.Equal(stored, file)
	if errors.Is(err, api.ErrNotResumable) {
		return false, nil // it is stored anew, which does no harm
	}
	return same, err
}
