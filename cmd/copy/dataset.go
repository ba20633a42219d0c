package copycmd

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

func (datasets) find(ctx context.Context, s side) (facts, error) {
	return factsOfDataset(s.Client.Datasets().Get(ctx, s.ref))
}

func (datasets) create(ctx context.Context, s side, name string) (facts, error) {
	made, _, err := s.Client.Datasets().Create(ctx, name)
	return factsOfDataset(made, err)
}

// count looks behind what the dataset says of itself, which can be behind.
func (datasets) count(ctx context.Context, s side, f facts) (int64, error) {
	count := f.holds
	for page, err := range s.Client.Datasets().Pages(ctx, s.ref, api.ItemsOptions{Offset: count}) {
		if err != nil {
			return 0, err
		}
		count += int64(page.Count)
	}
	return count, nil
}

// begins compares the last item that is there.
func (datasets) begins(ctx context.Context, j *job) (bool, error) {
	var last [2][]byte
	for i, s := range []side{j.source, j.destination} {
		for page, err := range s.Client.Datasets().Pages(ctx, s.ref, api.ItemsOptions{Offset: j.there - 1, Limit: 1}) {
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

func (datasets) transfer(ctx context.Context, j *job) (holds int64, err error) {
	o := api.ItemsOptions{Concurrency: pagesAhead}
	if j.resume {
		o.Offset = j.there
		j.progress.SetTotal(j.total - j.there)
	}
	for page, err := range j.source.Client.Datasets().Pages(ctx, j.source.ref, o) {
		if err != nil {
			return 0, j.failed(j.source, err)
		}
		for part, err := range parts(page.Data, api.MaxPushBytes) {
			if err == nil {
				err = j.destination.Client.Datasets().Push(ctx, j.destination.ref, part.data)
			}
			if err != nil {
				return 0, j.failed(j.destination, err)
			}
			j.copied += part.count
			j.progress.Add(part.count, int64(len(part.data)))
		}
	}
	return j.there + j.copied, nil
}
