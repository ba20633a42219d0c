package copycmd

import (
	"context"

	"github.com/apifyctl/apifyctl/cmd/kvs"
	"github.com/apifyctl/apifyctl/internal/api"
)

type stores struct{}

func factsOfStore(s *api.KeyValueStore, err error) (facts, error) {
	if err != nil {
		return facts{}, err
	}
	return facts{id: s.ID}, nil
}

func (stores) find(ctx context.Context, s side) (facts, error) {
	return factsOfStore(s.Client.KeyValueStores().Get(ctx, s.ref))
}

func (stores) create(ctx context.Context, s side, name string) (facts, error) {
	made, _, err := s.Client.KeyValueStores().Create(ctx, name)
	return factsOfStore(made, err)
}

// count lists the keys: a store does not say how many it has.
func (stores) count(ctx context.Context, s side, _ facts) (int64, error) {
	count := int64(0)
	for _, err := range s.Client.KeyValueStores().Keys(ctx, s.ref, api.KeysOptions{}) {
		if err != nil {
			return 0, err
		}
		count++
	}
	return count, nil
}

// begins looks whether the source has the first keys that are there too.
func (stores) begins(ctx context.Context, j *job) (bool, error) {
	for key, err := range j.destination.Client.KeyValueStores().Keys(ctx, j.destination.ref, api.KeysOptions{Limit: sample}) {
		if err != nil {
			return false, j.failed(j.destination, err)
		}
		_, err := j.source.Client.KeyValueStores().HeadRecord(ctx, j.source.ref, key.Key)
		switch {
		case api.IsNotFound(err):
			return false, nil
		case err != nil:
			return false, j.failed(j.source, err)
		}
	}
	return true, nil
}

// sample is how many keys or requests are looked at before a copy goes on.
const sample = 25

// transfer compares records that are there already: they may be of this copy,
// or others.
func (stores) transfer(ctx context.Context, j *job) (holds int64, err error) {
	t := kvs.NewTransfer(j.source.Client, j.source.ref, j.destination.Client, j.destination.ref, !j.destination.Local)
	seen, stored, err := t.All(ctx, j.app, j.there > 0, func(size int64) { j.progress.Add(1, size) })
	j.copied = stored
	if j.appending {
		return j.there + stored, err
	}
	return seen, err
}
