package backupcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/backup"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func kindNames() []string {
	var names []string
	for _, k := range transfer.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

func (o *options) checkKinds() error {
	for _, name := range o.kinds {
		if !slices.ContainsFunc(transfer.Kinds(), func(k transfer.Kind) bool { return k.Called(name) }) {
			return failure.Usagef("--kind must be one of %s, not %q", strings.Join(kindNames(), ", "), name)
		}
	}
	return nil
}

func (o *options) wants(kind transfer.Kind) bool {
	return len(o.kinds) == 0 || slices.ContainsFunc(o.kinds, kind.Called)
}

// selected are the storages that the flags mean: all of the account's own, with a
// name or without, where they do not narrow that.
func (o *options) selected(ctx context.Context, s storages.Selection, job *backup.Job) ([]backup.Storage, error) {
	client := job.From.Client
	if err := s.Resolve(ctx, client); err != nil {
		return nil, err
	}
	s.All = !s.Unnamed && s.Name == ""
	s.Owned = !s.Shared
	staged, err := job.Staged()
	if err != nil {
		return nil, err
	}
	expiry, now := storages.NewExpiry(client), time.Now()
	var chosen []backup.Storage
	for _, every := range storages.All() {
		kind := kindOf(every.Of())
		if !o.wants(kind) {
			continue
		}
		for object, err := range every.Objects(ctx, client, s.Options()) {
			wanted := false
			if err == nil {
				wanted, err = object.Wanted(ctx, s, expiry, now)
			}
			if err != nil {
				return nil, fmt.Errorf("%ss: %w", kind, err)
			}
			each := backup.Storage{Kind: kind, Facts: object.Facts}
			if wanted && (!job.From.Local || !staged(each)) {
				chosen = append(chosen, each)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, s.CheckRun(ctx, client)
	}
	return chosen, nil
}

func kindOf(kind api.Kind) transfer.Kind {
	kinds := transfer.Kinds()
	return kinds[slices.IndexFunc(kinds, func(k transfer.Kind) bool { return k.Kind == kind })]
}
