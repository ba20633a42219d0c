package datasets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/jq"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type findOptions struct {
	text  string
	limit int64
}

func findVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var o findOptions
	return verb.Verb{
		Use:   "find CONDITION REF… | find --text TEXT REF…",
		Short: "Find items in one dataset or in many",
		Long: `Find the items for which a condition holds, in datasets that are named or
selected, and print the dataset, the item's offset and the item, as they are
found. The offset is the one that items and export take.

The condition is a jq expression that is run for each item; it holds where its
first result is neither false nor null. An item for which it fails, as on a field
of another type, does not match; how many there were is reported at the end. --text finds
items in which a name or a value contains the text.

Several datasets are read at the same time, so what is found in one comes between
what is found in others. The exit code is 3 where nothing is found.`,
		Example: `  apifyctl datasets find ".price.amount > 90" products
  apifyctl datasets find --text "https://shop.example.com/products/7-" --all
  apifyctl datasets find ".inStock | not" products --limit 1 --columns offset,item.name`,
		Kind: kind.Offers(), Takes: verb.Many, Prints: verb.Rows, RowType: foundItem{},
		Ahead: func() string {
			if o.text != "" {
				return ""
			}
			return "the condition"
		},
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&o.text, "text", "", "find items that contain this text, instead of a condition")
			flags.Int64Var(&o.limit, "limit", 0, "stop after this many (0 is all)")
		},
		Check: func(s *verb.Scope) error {
			if o.limit < 0 {
				return failure.Usagef("--limit cannot be negative")
			}
			_, err := o.matcher(s)
			return err
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return find(ctx, s, o) },
	}
}

// matcher tells whether an item is wanted. It is for one goroutine.
type matcher func(ctx context.Context, item []byte) (bool, error)

func (o findOptions) matcher(s *verb.Scope) (matcher, error) {
	if o.text != "" {
		return func(_ context.Context, item []byte) (bool, error) { return rawjson.ContainsText(item, []byte(o.text)) }, nil
	}
	filter, err := jq.Compile(s.Args[0])
	if err != nil {
		return nil, failure.WithHint(failure.Usagef("%q is no condition: %v", s.Args[0], err), "a condition is a jq expression, such as '.price > 100'; --text finds text")
	}
	return filter.Matches, nil
}

// finder is a search under way.
type finder struct {
	*verb.Scope
	options findOptions
	found   chan []byte // JSON arrays of rows
	looked  atomic.Int64
	failed  atomic.Int64
	reason  atomic.Pointer[error] // of the first item that the condition failed on
}

// foundItem is a row.
type foundItem struct {
	Dataset string          `json:"dataset"` // its name, or its ID where it has none
	ID      string          `json:"id"`
	Offset  int64           `json:"offset"`
	Item    json.RawMessage `json:"item"`
}

func find(ctx context.Context, s *verb.Scope, o findOptions) error {
	targets, outcome, err := storage.Datasets().Targets(ctx, s)
	if err != nil {
		return err
	}
	f := &finder{Scope: s, options: o, found: make(chan []byte)}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	searched := make(chan struct{})
	go func() {
		defer close(searched)
		defer close(f.found)
		f.all(ctx, targets, outcome)
	}()
	rows := int64(0)
	_, err = s.Printer.Pages(ctx, export.Pages{All: f.pages(&rows)})
	stop() // what was asked for is there, or cannot be written
	for range f.found {
	}
	<-searched
	if err != nil {
		return err
	}
	if n := f.failed.Load(); n > 0 {
		s.App.Streams.Warnf("the condition failed for %s, which %s as no match: %v", output.Plural(n, "item", "items"),
			map[bool]string{true: "counts", false: "count"}[n == 1], *f.reason.Load())
	}
	if err := outcome.Err(); err != nil || rows > 0 {
		return err
	}
	return &failure.NotFoundError{Message: fmt.Sprintf("nothing was found in %s, %s", output.Plural(int64(len(targets)), "dataset", "datasets"),
		output.Plural(f.looked.Load(), "item", "items"))}
}

// pages are the rows that were found, up to the limit.
func (f *finder) pages(rows *int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for page := range f.found {
			cut, count, err := firstRows(page, f.options.limit-*rows, f.options.limit > 0)
			*rows += count
			if !yield(cut, err) || err != nil || f.options.limit > 0 && *rows >= f.options.limit {
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
func (f *finder) all(ctx context.Context, targets []destination.Target, outcome *failure.Outcome) {
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

func (f *finder) one(ctx context.Context, t destination.Target, only bool) error {
	matches, err := f.options.matcher(f.Scope)
	if err != nil {
		return err
	}
	o := api.ItemsOptions{Concurrency: requestsEach}
	if only {
		o.Concurrency = 0
	}
	for page, err := range f.Client.Datasets().Pages(ctx, t.Ref, o) {
		if err != nil {
			return err
		}
		rows, err := f.search(ctx, t, page, matches)
		if err != nil {
			return err
		}
		f.Client.Datasets().Reuse(page.Data)
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
func (f *finder) search(ctx context.Context, t destination.Target, page api.Page, matches matcher) (rows []byte, err error) {
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
			row, err := json.Marshal(foundItem{Dataset: t.Label(), ID: t.ID, Offset: offset})
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
