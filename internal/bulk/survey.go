package bulk

import (
	"context"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Surveyor looks for the columns and types on which the files of all workers agree.
type Surveyor struct {
	Datasets    api.Datasets
	Sample      int64 // how many items of each dataset are looked at; 0: all
	Concurrency int   // requests at once of each dataset
	// Printer is what workers print with, and what it asks the API for.
	Printer func() (items.Printer, api.ItemsOptions, error)
}

// Look looks at items of all datasets, some datasets at a time.
func (s Surveyor) Look(ctx context.Context, datasets []*api.Dataset, seen *items.Tally) (*export.Survey, error) {
	surveys, failures := make([]*export.Survey, len(datasets)), make([]error, len(datasets))
	transfer.Each(len(datasets), transfer.AtOnce, func(i int) { surveys[i], failures[i] = s.look(ctx, datasets[i], seen) })
	all := surveys[0]
	for i, err := range failures {
		if err != nil {
			return nil, transfer.Failed(api.KindDataset, api.StorageRef(api.KindDataset, &datasets[i].Storage), err)
		}
		if i > 0 {
			all.Merge(surveys[i])
		}
	}
	return all, nil
}

// Sampled is of how many datasets not all items are looked at.
func (s Surveyor) Sampled(datasets []*api.Dataset) (n int) {
	for _, d := range datasets {
		if s.samples(d) {
			n++
		}
	}
	return n
}

func (s Surveyor) samples(d *api.Dataset) bool { return s.Sample > 0 && d.ItemCount > s.Sample }

func (s Surveyor) look(ctx context.Context, d *api.Dataset, seen *items.Tally) (*export.Survey, error) {
	printer, asked, err := s.Printer()
	if err != nil {
		return nil, err
	}
	asked.Concurrency = s.Concurrency
	ref, limit := api.StorageRef(api.KindDataset, &d.Storage), d.ItemCount
	pages := s.Datasets.Pages(ctx, ref, asked)
	if s.samples(d) {
		limit = s.Sample
		pages = items.Sample(ctx, s.Datasets, ref, asked, limit, d.ItemCount)
	}
	return printer.Survey(ctx, seen.Watch(pages, limit).Lent(s.Datasets))
}
