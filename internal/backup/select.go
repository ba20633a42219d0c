package backup

import (
	"context"
	"fmt"
	"time"

	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Select chooses the storages that are meant, of the kinds that are wanted: all of the
// account's own, with a name or without, where the selection does not narrow that.
func (j *Job) Select(ctx context.Context, s storages.Selection, wanted func(transfer.Kind) bool) (chosen []Storage, err error) {
	client := j.From.Client
	if err := s.Resolve(ctx, client); err != nil {
		return nil, err
	}
	s.All = !s.Unnamed && s.Name == ""
	s.Owned = !s.Shared
	staged, err := j.Staged()
	if err != nil {
		return nil, err
	}
	expiry, now := storages.NewExpiry(client), time.Now()
	for _, every := range storages.All() {
		kind := transfer.KindOf(every.Of())
		if !wanted(kind) {
			continue
		}
		for object, err := range every.Objects(ctx, client, s.Options()) {
			take := false
			if err == nil {
				take, err = object.Wanted(ctx, s, expiry, now)
			}
			if err != nil {
				return nil, fmt.Errorf("%ss: %w", kind, err)
			}
			each := Storage{Kind: kind, Facts: object.Facts}
			if take && (!j.From.Local || !staged(each)) {
				chosen = append(chosen, each)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, s.CheckRun(ctx, client)
	}
	return chosen, nil
}
