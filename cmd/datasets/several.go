package datasets

import (
	"context"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// requestsEach is how many requests each of several datasets has under way,
// unless the user says otherwise.
const requestsEach = 2

// several exports any number of datasets.
func (e *exporter) several(ctx context.Context, to destination.Destination) error {
	if e.options.items.Concurrency == 0 {
		e.options.items.Concurrency = requestsEach
	}
	return storage.Exports[api.Dataset]{
		Scope: e.Scope, Resource: storage.Datasets(), To: to,
		Exporter: func(progress *output.Progress) func(context.Context, destination.Target) (storages.Sum, error) {
			seen := items.NewTally(progress)
			job := e.job()
			return func(ctx context.Context, t destination.Target) (storages.Sum, error) {
				summary, err := job.Export(ctx, t, seen)
				if err == nil {
					e.warn(ctx, t, summary)
				}
				return summary.Sum(), err
			}
		},
	}.Run(ctx)
}
