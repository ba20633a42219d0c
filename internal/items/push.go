package items

import (
	"context"
	"errors"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Push adds the items of sources to a dataset, in their order and many in one request,
// and returns how many are stored. read counts the bytes that were read. An error says
// how far it came.
func Push(ctx context.Context, datasets api.Datasets, ref api.Ref, sources []input.Source, read func(bytes int)) (int64, error) {
	p := pusher{datasets: datasets, ref: ref, read: read}
	for _, source := range sources {
		if err := p.pushAll(ctx, source); err != nil {
			return p.stored, p.failed(err)
		}
	}
	return p.stored, p.failed(p.flush(ctx))
}

// pusher gathers items into requests.
type pusher struct {
	datasets api.Datasets
	ref      api.Ref
	batch    []byte
	count    int64 // items in batch
	stored   int64
	read     func(bytes int)
}

// batchBytes is well under both limits that the API's documentation names, 5 MB
// and 9,437,184 bytes. An item that is larger goes alone.
const batchBytes = 4_000_000

func (p *pusher) pushAll(ctx context.Context, s input.Source) error {
	for row, err := range s.Rows(p.read) {
		if err != nil {
			return transfer.ReadFailed(err)
		}
		if len(row.JSON)+len("[]") > api.MaxPushBytes {
			return s.Failed(row, fmt.Errorf("the item has %s; an item can have %s at most", output.Bytes(int64(len(row.JSON))), output.Bytes(api.MaxPushBytes)))
		}
		if p.count > 0 && len(p.batch)+len(row.JSON) > batchBytes {
			if err := p.flush(ctx); err != nil {
				return err
			}
		}
		p.add(row.JSON)
	}
	return nil
}

func (p *pusher) add(item []byte) {
	if p.count == 0 {
		p.batch = append(p.batch[:0], '[')
	} else {
		p.batch = append(p.batch, ',')
	}
	p.batch = append(p.batch, item...)
	p.count++
}

func (p *pusher) flush(ctx context.Context) error {
	if p.count == 0 {
		return nil
	}
	if err := p.datasets.Push(ctx, p.ref, append(p.batch, ']')); err != nil {
		return transfer.Failed(api.KindDataset, p.ref, err)
	}
	p.stored += p.count
	p.count = 0
	return nil
}

// failed says how far it came, so that nothing has to be pushed twice.
func (p *pusher) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, api.ErrOutcomeUnknown):
		return failure.WithHint(fmt.Errorf("%w; %s stored, and the %d after that may be or not", err, p.storedSoFar(), p.count),
			"count the items with `apifyctl datasets get` before pushing the rest")
	case p.stored > 0:
		return failure.WithHint(fmt.Errorf("%w; %s stored, nothing after them is", err, p.storedSoFar()), failure.Hint(err))
	}
	return err
}

func (p *pusher) storedSoFar() string {
	switch p.stored {
	case 0:
		return "no item is surely"
	case 1:
		return "the first item is"
	}
	return fmt.Sprintf("the first %d items are", p.stored)
}
