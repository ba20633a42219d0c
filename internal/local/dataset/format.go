package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// fileFormat is an answer in a format that export writes.
type fileFormat struct {
	format  export.Format
	options export.Options
}

// readFileFormat reads the parameters that concern the formats besides JSON.
// What the platform cuts off, this cuts off, too.
func readFileFormat(q *wire.Query, name string, t *transform.Transformation) *fileFormat {
	format, _ := export.Lookup(name) // the name was checked
	o := export.Options{
		NoHeader: q.Flag("skipHeaderRow"), XMLRoot: q.Values.Get("xmlRoot"), XMLRow: q.Values.Get("xmlRow"),
		FeedTitle: q.Values.Get("feedTitle"), FeedDescription: q.Values.Get("feedDescription"),
		TwoPass: true, Truncate: true,
	}
	o.QuoteAll, o.CRLF = name == "csv", name == "csv" // as recorded on the platform
	if q.Values.Has("bom") {
		o.BOM = new(q.Flag("bom"))
	}
	for _, element := range []string{"xmlRoot", "xmlRow"} {
		if text := q.Values.Get(element); text != "" && !export.IsXMLName(text) {
			q.Fail(element, "the name of an XML element")
		}
	}
	if text := q.Values.Get("delimiter"); text != "" && name == "csv" {
		delimiter, size := utf8.DecodeRuneInString(text)
		if size != len(text) || delimiter == utf8.RuneError || bytes.ContainsRune([]byte("\"\r\n"), delimiter) {
			q.Fail("delimiter", "one character other than a quote or a line end")
		}
		o.Delimiter = delimiter
	}
	if format.Columns {
		o.Fields = t.Fields
		if len(t.OutputFields) > 0 {
			o.Fields = t.OutputFields
		}
	}
	return &fileFormat{format: format, options: o}
}

// describe fills in what a feed says of its dataset.
func (f *fileFormat) describe(found *directory.Storage) {
	label := found.Name
	if label == "" {
		label = found.ID
	}
	if f.options.FeedTitle == "" {
		f.options.FeedTitle = "Dataset " + label
	}
	if f.options.FeedDescription == "" {
		f.options.FeedDescription = fmt.Sprintf("Items in dataset with id %q.", found.ID)
	}
}

func (f *fileFormat) send(ctx context.Context, pages iter.Seq2[[]byte, error], body *heldBody) error {
	_, err := export.Run(ctx, export.PagesOf(pages), f.format, f.options, body)
	return err
}

// pages are the items as JSON arrays.
func (r *itemReader) pages(ctx context.Context, numbers iter.Seq[int64]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		err := r.run(ctx, numbers, func(items []byte, _ int64) error {
			if len(items) == 0 {
				return nil
			}
			page := append(bytes.Clone(items), ']')
			page[0] = '[' // instead of the comma
			if !yield(page, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// errEnough is what a reader stops with when nobody takes more.
var errEnough = errors.New("enough items")
