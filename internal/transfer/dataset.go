package transfer

import (
	"bytes"
	"context"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

type datasets struct{}

func factsOfDataset(d *api.Dataset, err error) (facts, error) {
	if err != nil {
		return facts{}, err
	}
	return facts{d.ID, d.ItemCount}, nil
}

func (datasets) find(ctx context.Context, s Side) (facts, error) {
	return factsOfDataset(s.Client.Datasets().Get(ctx, s.Ref))
}

func (datasets) create(ctx context.Context, s Side, name string) (facts, error) {
	made, _, err := s.Client.Datasets().Create(ctx, name)
	return factsOfDataset(made, err)
}

// count looks behind what the dataset says of itself, which can be behind.
func (datasets) count(ctx context.Context, s Side, f facts) (int64, error) {
	count := f.holds
	for page, err := range s.Client.Datasets().Pages(ctx, s.Ref, api.ItemsOptions{Offset: count}) {
		if err != nil {
			return 0, err
		}
		count += int64(page.Count)
	}
	return count, nil
}

// begins compares the last item that is there.
func (datasets) begins(ctx context.Context, j *Copy) (bool, error) {
	var last [2][]byte
	for i, s := range []Side{j.Source, j.Destination} {
		for page, err := range s.Client.Datasets().Pages(ctx, s.Ref, api.ItemsOptions{Offset: j.there - 1, Limit: 1}) {
			if err != nil {
				return false, j.failed(s, err)
			}
			if last[i], err = rawjson.AppendCompact(nil, page.Data); err != nil {
				return false, j.failed(s, err)
			}
		}
	}
	return bytes.Equal(last[0], last[1]), nil
}

// pagesAhead is enough where one push comes after the other.
const pagesAhead = 4

func (datasets) transfer(ctx context.Context, j *Copy) (holds int64, err error) {
	o := api.ItemsOptions{Concurrency: pagesAhead}
	if j.Resume {
		o.Offset = j.there
		j.expect(j.total - j.there)
	}
	for page, err := range j.Source.Client.Datasets().Pages(ctx, j.Source.Ref, o) {
		if err != nil {
			return 0, j.failed(j.Source, err)
		}
		for part, err := range parts(page.Data, api.MaxPushBytes) {
			if err == nil {
				err = j.Destination.Client.Datasets().Push(ctx, j.Destination.Ref, part.data)
			}
			if err != nil {
				return 0, j.failed(j.Destination, err)
			}
			j.copied += part.count
			j.Progress.Add(part.count, int64(len(part.data)))
		}
	}
	return j.there + j.copied, nil
}
