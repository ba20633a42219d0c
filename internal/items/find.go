// Package items reads, finds, samples and adds the items of datasets.
package items

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/jq"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Condition tells whether an item is wanted. It is for one goroutine.
type Condition func(ctx context.Context, item []byte) (bool, error)

// Containing wants items in which a name or a value contains a text.
func Containing(text string) Condition {
	return func(_ context.Context, item []byte) (bool, error) { return rawjson.ContainsText(item, []byte(text)) }
}

// Search looks for items in datasets, some datasets at the same time.
type Search struct {
	Datasets    api.Datasets
	Condition   func() (Condition, error) // makes one for each dataset
	Limit       int64                     // how many items are enough; 0: none is
	Concurrency int                       // requests at once of each of several datasets
}

// Matches is what came of a search.
type Matches struct {
	Rows, Looked int64 // items that were found; that were looked at
	Failed       int64 // items that the condition failed for, which counts as no match
	Reason       error // why, of the first of them
}

// Found is a row of what was found.
type Found struct {
	Dataset string          `json:"dataset"` // its name, or its ID where it has none
	ID      string          `json:"id"`
	Offset  int64           `json:"offset"`
	Item    json.RawMessage `json:"item"`
}

// finding is a search under way.
type finding struct {
	*Search
	found  chan []byte // JSON arrays of rows
	rows   int64
	looked atomic.Int64
	failed atomic.Int64
	reason atomic.Pointer[error] // of the first item that the condition failed on
}

// Run hands what is found, rows of Found as they come, to write. What fails of a dataset
// is in the outcome.
func (s *Search) Run(ctx context.Context, targets []destination.Target, outcome *failure.Outcome, write func(export.Pages) error) (Matches, error) {
	f := &finding{Search: s, found: make(chan []byte)}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	searched := make(chan struct{})
	go func() {
		defer close(searched)
		defer close(f.found)
		f.all(ctx, targets, outcome)
	}()
	err := write(export.Pages{All: f.pages()})
	stop() // what was asked for is there, or cannot be written
	for range f.found {
	}
	<-searched
	matches := Matches{Rows: f.rows, Looked: f.looked.Load(), Failed: f.failed.Load()}
	if reason := f.reason.Load(); reason != nil {
		matches.Reason = *reason
	}
	return matches, err
}

// pages are the rows that were found, up to the limit.
func (f *finding) pages() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for page := range f.found {
			cut, count, err := firstRows(page, f.Limit-f.rows, f.Limit > 0)
			f.rows += count
			if !yield(cut, err) || err != nil || f.Limit > 0 && f.rows >= f.Limit {
				return
			}
		}
	}
}

// firstRows cuts an array off behind so many elements.
func firstRows(page []byte, most int64, limited bool) (cut []byte, count int64, err error) {
	cut = []byte{'['}
	for row, err := range rawjson.Elements(page) {
		if err != nil {
			return nil, 0, err
		}
		if limited && count == most {
			break
		}
		if count > 0 {
			cut = append(cut, ',')
		}
		cut = append(cut, row...)
		count++
	}
	return append(cut, ']'), count, nil
}

// all searches several datasets at the same time.
func (f *finding) all(ctx context.Context, targets []destination.Target, outcome *failure.Outcome) {
	var group errgroup.Group
	group.SetLimit(transfer.AtOnce)
	for _, t := range targets {
		group.Go(func() error {
			if err := f.one(ctx, t, len(targets) == 1); ctx.Err() == nil {
				outcome.Note(transfer.Failed(api.KindDataset, t, err))
			}
			return nil
		})
	}
	_ = group.Wait() // the outcome has the errors
}

func (f *finding) one(ctx context.Context, t destination.Target, only bool) error {
	matches, err := f.Condition()
	if err != nil {
		return err
	}
	o := api.ItemsOptions{Concurrency: f.Concurrency}
	if only {
		o.Concurrency = 0
	}
	for page, err := range f.Datasets.Pages(ctx, t.Ref, o) {
		if err != nil {
			return err
		}
		rows, err := f.search(ctx, t, page, matches)
		if err != nil {
			return err
		}
		f.Datasets.Reuse(page.Data)
		if rows == nil {
			continue
		}
		select {
		case f.found <- rows:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// search returns a JSON array of what is found in a page; nil for nothing.
func (f *finding) search(ctx context.Context, t destination.Target, page api.Page, matches Condition) (rows []byte, err error) {
	offset := page.Offset
	for item, err := range rawjson.Elements(page.Data) {
		if err != nil {
			return nil, err
		}
		f.looked.Add(1)
		found, err := matches(ctx, item)
		if _, broken := errors.AsType[*jq.InputError](err); broken || ctx.Err() != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		if err != nil {
			f.failed.Add(1)
			f.reason.CompareAndSwap(nil, &err)
		}
		if found {
			row, err := json.Marshal(Found{Dataset: t.Label(), ID: t.ID, Offset: offset})
			if err != nil {
				return nil, err
			}
			rows = appendRow(rows, row, item)
		}
		offset++
	}
	if rows == nil {
		return nil, nil
	}
	return append(rows, ']'), nil
}

// appendRow puts the item into its row as it is, to the byte.
func appendRow(rows, row, item []byte) []byte {
	if rows == nil {
		rows = append(rows, '[')
	} else {
		rows = append(rows, ',')
	}
	rows = append(rows, row[:len(row)-len(`null}`)]...)
	return append(append(rows, item...), '}')
}
