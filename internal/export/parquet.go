package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/parquet"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// Parquet are the options of that format.
type Parquet struct {
	Compression string       // one of ParquetCompressions; "": the first
	Schema      *schema.Type // of the items, which are written in one pass then; nil: it is found out
	Exact       bool         // a field that Schema does not have is an error, instead of a warning
	NoDates     bool         // times and dates stay strings
	WideStruct  bool         // objects with IDs as keys become groups, not JSON text
	Version     string       // of the program
	Dataset     string       // its ID
	Offset      int64        // of the first item in the dataset
}

// ParquetCompressions are the names of how pages can be compressed.
func ParquetCompressions() []string { return []string{"zstd", "snappy", "none"} }

func parquetCompression(name string) (parquet.Compression, error) {
	kinds := []parquet.Compression{parquet.Zstd, parquet.Snappy, parquet.None}
	i := slices.Index(ParquetCompressions(), name)
	if name == "" {
		i = 0
	}
	if i < 0 {
		return 0, fmt.Errorf("unknown compression %q", name)
	}
	return kinds[i], nil //nolint:gosec // of the same length as the names
}

// A row group is complete with so many bytes of items, or so many items.
const (
	rowGroupBytes = 128 << 20
	rowGroupItems = 1_000_000
)

// maxKept is how large the memory of a page may be that is kept for the next one.
const maxKept = 8 << 20

// parquetEncoder takes pages apart and keeps their columns in a spool. When all
// types are known, row groups are written from there, column by column.
type parquetEncoder struct {
	w           io.Writer
	options     Options
	compression parquet.Compression
	spool       *blockSpool
	seen        schema.Seen
	file        *parquet.Writer // once the types are known
	layout      *parquet.Layout
	encoders    chan *parquet.Encoder
	pipeline    *pipeline // of columns
	groupBytes  int64
	groupItems  int64
	open        int64 // bytes in the spool that are in no row group yet
	openItems   int64
	lossy       int64
	misfits     *misfits
}

func newParquet(w io.Writer, o Options) (encoder, error) {
	compression, err := parquetCompression(o.Parquet.Compression)
	return &parquetEncoder{
		w: w, options: o, compression: compression, spool: &blockSpool{dir: o.SpoolDir}, seen: schema.Seen{Truncate: o.Truncate}, pipeline: newPipeline(),
		groupBytes: rowGroupBytes, groupItems: rowGroupItems, misfits: newMisfits(),
	}, err
}

// These are what drive stands for.
func (*parquetEncoder) begin(*flatten.Columns) error { return nil }
func (*parquetEncoder) worker() pageEncoder          { return untouched{} }
func (*parquetEncoder) write(*piece) error           { return nil }
func (*parquetEncoder) end(int64) error              { return nil }

func (e *parquetEncoder) drive(ctx context.Context, r *runner, incoming feed) (err error) {
	defer func() { err = sink.Both(err, e.spool.close()) }()
	known := e.options.Parquet.Schema
	if known != nil {
		if err := e.start(known); err != nil {
			return err
		}
	}
	worker := func() pageEncoder { return e.pages(known) }
	err = r.pipeline.run(ctx, incoming, worker, func(p *piece) error { return e.keep(ctx, r, p) }, r.locate)
	if err != nil {
		return err
	}
	if r.drained != nil {
		r.drained()
	}
	if e.file == nil {
		items, err := e.resolve()
		if err != nil {
			return err
		}
		if err := e.start(items); err != nil {
			return err
		}
	}
	if err := e.writeGroups(ctx, r); err != nil {
		return err
	}
	e.warn()
	return e.file.Close(e.options.Parquet.Version, e.metadata(r.items))
}

// resolve finds the types when all items were seen.
func (e *parquetEncoder) resolve() (*schema.Type, error) {
	resolved, err := e.seen.Resolve(schema.Options{NoDates: e.options.Parquet.NoDates, WideStruct: e.options.Parquet.WideStruct, Truncate: e.options.Truncate})
	if err != nil {
		return nil, TooManyColumns(err)
	}
	for _, warning := range resolved.Warnings {
		e.options.warnings.add(warning)
	}
	return resolved.Type, nil
}

// TooManyColumns says what to do about a *schema.TooManyColumns; other errors stay
// as they are.
func TooManyColumns(err error) error {
	if many, ok := errors.AsType[*schema.TooManyColumns](err); ok {
		return flatten.TooManyColumns(many.Names)
	}
	return err
}

// start begins the file.
func (e *parquetEncoder) start(items *schema.Type) error {
	if len(items.Fields) == 0 {
		const name = "_empty"
		items = &schema.Type{Kind: schema.Group, Fields: []schema.Field{{Key: name, Name: name, Type: &schema.Type{}}}}
		e.options.warnings.add(fmt.Sprintf("no item has a field: the only column is %s, which holds nothing", name))
	}
	e.layout = parquet.NewLayout(items)
	e.encoders = make(chan *parquet.Encoder, maxWorkers)
	for range e.pipeline.workers {
		encoder, err := parquet.NewEncoder(e.layout, e.compression)
		if err != nil {
			return err
		}
		e.encoders <- encoder
	}
	var err error
	e.file, err = parquet.NewWriter(e.w, e.layout, e.compression)
	return err
}

func (e *parquetEncoder) metadata(items int64) []parquet.KeyValue {
	o := e.options.Parquet
	pairs := []parquet.KeyValue{
		{Key: "apifyctl.version", Value: o.Version},
		{Key: "apifyctl.offset", Value: strconv.FormatInt(o.Offset, 10)},
		{Key: "apifyctl.items", Value: strconv.FormatInt(items, 10)},
		{Key: "apifyctl.schema", Value: string(e.layout.Items().JSONSchema())},
	}
	if o.Dataset != "" {
		pairs = append(pairs, parquet.KeyValue{Key: "apifyctl.dataset", Value: o.Dataset})
	}
	return pairs
}

func (e *parquetEncoder) warn() {
	if e.lossy > 0 {
		e.options.warnings.add(fmt.Sprintf("%d strings have characters that no file can hold, halves of surrogate pairs for example: they became U+FFFD", e.lossy))
	}
	for _, warning := range e.misfits.warnings() {
		e.options.warnings.add(warning)
	}
}

// keep takes a page that was taken apart.
func (e *parquetEncoder) keep(ctx context.Context, r *runner, p *piece) error {
	if e.file == nil {
		block, err := shred.Open(bytesAt(p.out), 0)
		if err != nil {
			return err
		}
		if e.seen.Add(block); len(e.seen.Members) > schema.MaxColumns && !e.options.Truncate {
			return flatten.TooManyColumns(e.seen.Names())
		}
	}
	size := len(p.page)
	if err := e.spool.add(p.out, p.items, size); err != nil {
		return err
	}
	p.letGo()
	if cap(p.buf) > maxKept {
		p.buf = nil
	}
	r.items += int64(p.items)
	e.open += int64(size)
	e.openItems += int64(p.items)
	if e.file == nil || e.open < e.groupBytes && e.openItems < e.groupItems {
		return nil
	}
	return e.writeGroups(ctx, r)
}
