package transfer

import (
	"context"

	"github.com/apifyctl/apifyctl/internal/api"
)

type stores struct{}

func factsOfStore(s *api.KeyValueStore, err error) (facts, error) {
	if err != nil {
		return facts{}, err
	}
	return facts{id: s.ID}, nil
}

func (stores) find(ctx context.Context, s Side) (facts, error) {
	return factsOfStore(s.Client.KeyValueStores().Get(ctx, s.Ref))
}

func (stores) create(ctx context.Context, s Side, name string) (facts, error) {
	made, _, err := s.Client.KeyValueStores().Create(ctx, name)
	return factsOfStore(made, err)
}

// count lists the keys: a store does not say how many it has.
func (stores) count(ctx context.Context, s Side, _ facts) (int64, error) {
	count := int64(0)
	for _, err := range s.Client.KeyValueStores().Keys(ctx, s.Ref, api.KeysOptions{}) {
		if err != nil {
			return 0, err
		}
		count++
	}
	return count, nil
}

// begins looks whether the source has the first keys that are there too.
func (stores) begins(ctx context.Context, j *Copy) (bool, error) {
	for key, err := range j.Destination.Client.KeyValueStores().Keys(ctx, j.Destination.Ref, api.KeysOptions{Limit: sample}) {
		if err != nil {
			return false, j.failed(j.Destination, err)
		}
		_, err := j.Source.Client.KeyValueStores().HeadRecord(ctx, j.Source.Ref, key.Key)
		switch {
		case api.IsNotFound(err):
			return false, nil
		case err != nil:
			return false, j.failed(j.Source, err)
		}
	}
	return true, nil
}

// sample is how many keys or requests are looked at before a copy goes on.
const sample = 25

// transfer compares records that are there already: they may be of this copy,
// or others.
func (stores) transfer(ctx context.Context, j *Copy) (holds int64, err error) {
	t := records{
		Store{j.Source.Client.KeyValueStores(), j.Source.Ref}, Store{j.Destination.Client.KeyValueStores(), j.Destination.Ref}, !j.Destination.Local,
	}
	seen, stored, err := t.all(ctx, j.Tell, j.there > 0, func(size int64) { j.Progress.Add(1, size) })
	j.copied = stored
	if j.Append {
		return j.there + stored, err
	}
	return seen, err
}
