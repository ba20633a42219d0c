package app

import (
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/jq"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// PrintFlags say in which shape a command prints its rows, and where to.
type PrintFlags struct {
	Format    string
	Output    string
	Columns   []string
	JQ        string
	SafeCells bool
	NoClobber bool // see App.Kept
	Resume    bool // see sink.Writing
}

// Add registers all of them.
func (f *PrintFlags) Add(flags *pflag.FlagSet) {
	f.AddFormat(flags)
	f.AddOutput(flags)
	f.AddShape(flags)
}

// AddFormat registers --format, and what goes with some formats.
func (f *PrintFlags) AddFormat(flags *pflag.FlagSet) {
	flags.StringVarP(&f.Format, "format", "f", "", "output format: "+strings.Join(FormatNames(), ", "))
	flags.BoolVar(&f.SafeCells, "safe-cells", false, "put an apostrophe before text in csv and tsv that a spreadsheet would run as a formula")
}

// AddOutput registers --output.
func (f *PrintFlags) AddOutput(flags *pflag.FlagSet) {
	flags.StringVarP(&f.Output, "output", "o", "", "write to this file, or to an object (s3://, gs://, az://, rclone:REMOTE:PATH), instead of stdout; its ending decides the format (- is stdout)")
	flags.BoolVar(&f.NoClobber, "no-clobber", false, "do nothing if the file already exists")
}

// AddShape registers what shapes rows.
func (f *PrintFlags) AddShape(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.Columns, "columns", nil, "print only these members, in this order (a.b reaches into objects)")
	flags.StringVar(&f.JQ, "jq", "", "filter the JSON output with a jq expression; what it leaves alone stays the same, byte for byte")
}

// FormatNames are the values that --format takes.
func FormatNames() []string {
	var names []string
	for _, format := range export.Formats() {
		names = append(names, format.Name)
	}
	return names
}

// Given tells whether the user asked for output of some shape.
func (f *PrintFlags) Given() bool {
	return f.Format != "" || f.Output != "" || f.Columns != nil || f.JQ != ""
}

// To are the same flags for another destination.
func (f *PrintFlags) To(path string) PrintFlags {
	return PrintFlags{Format: f.Format, Output: path, Columns: f.Columns, JQ: f.JQ, SafeCells: f.SafeCells, NoClobber: f.NoClobber, Resume: f.Resume}
}

// CompleteFormats completes the --format of a command.
func CompleteFormats(command *cobra.Command) {
	_ = command.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(FormatNames(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
}

// Printer prints rows, which are JSON objects, as the flags have it.
type Printer struct {
	app     *App
	format  export.Format
	options export.Options
	path    string // "" is stdout
	columns []string
	picker  *Picker // of columns, or fields
	picks   bool
	into    func() (sink.Sink, error)
	through func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error]
	query   *jq.Filter
	notes   bool // to stderr
	writing sink.Writing
}

// Printer decides format and destination. People get a table and pipes get
// JSON Lines, unless the flags or the file's ending say otherwise.
func (a *App) Printer(f PrintFlags) (*Printer, error) {
	p := &Printer{app: a, columns: f.Columns, writing: sink.Writing{NoClobber: f.NoClobber, Resume: f.Resume}}
	if f.Output != "-" {
		p.path = f.Output
	}
	if object.Is(p.path) {
		if _, err := a.Address(p.path); err != nil {
			return nil, err
		}
	}
	toTerminal := p.path == "" && a.Streams.OutTerminal
	name := f.Format
	if f.JQ != "" {
		query, err := jq.Compile(f.JQ)
		if err != nil {
			return nil, failure.Usagef("--jq: %v", err)
		}
		if name != "" && name != "json" {
			return nil, failure.Usagef("--jq filters JSON; it does not go with --format %s", name)
		}
		p.query, name = query, "json"
	}
	var known bool
	switch {
	case name != "":
		if p.format, known = export.Lookup(name); !known {
			return nil, failure.Usagef("unknown format %q; known are %s", name, strings.Join(FormatNames(), ", "))
		}
	case p.path != "":
		if p.format, known = export.ForPath(p.path); !known {
			return nil, failure.Usagef("cannot tell the format from the name %q; say it with --format", p.path)
		}
	case toTerminal:
		p.format, _ = export.Lookup("table")
	default:
		p.format, _ = export.Lookup("jsonl")
	}
	if p.format.Binary && toTerminal {
		return nil, failure.WithHint(failure.Usagef("%s is binary and does not go to a terminal", p.format.Name), "write it to a file with --output FILE")
	}
	if f.SafeCells && p.format.Name != "csv" && p.format.Name != "tsv" {
		return nil, failure.Usagef("--safe-cells goes with csv and tsv, not with %s", p.format.Name)
	}
	if ending, compressed := sink.Compressed(p.path); compressed && p.format.Name == "parquet" {
		return nil, failure.Usagef("parquet compresses its pages, and cannot be read with %s around them: leave the ending out", ending)
	}
	p.options = export.Options{Fields: f.Columns, BOM: new(false), Terminal: toTerminal, Color: p.path == "" && a.Streams.OutColor, SafeCells: f.SafeCells}
	if toTerminal {
		p.options.Width = a.Streams.Width()
	}
	p.options.SpoolDir = spoolDir(p.path)
	p.options.Parquet.Version = a.Build.Version
	return p, nil
}

// spoolDir is where the output itself is going to need as much space as a spool
// does: the system's temporary folder is often smaller, or memory.
func spoolDir(path string) string {
	if path == "" || object.Is(path) {
		return ""
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "" // a device or a pipe
	}
	return filepath.Dir(path)
}

// NotePrinter prints a table on stderr, for a person who has to decide.
func (a *App) NotePrinter() *Printer {
	p := &Printer{app: a, notes: true}
	p.format, _ = export.Lookup("table")
	p.options = export.Options{BOM: new(false), Terminal: a.Streams.ErrTerminal, Color: a.Streams.ErrColor, Width: a.Streams.ErrWidth()}
	return p
}

// Format is the format that was decided on.
func (p *Printer) Format() export.Format { return p.format }

// Path is the file that the output goes to; "" is stdout.
func (p *Printer) Path() string { return p.path }

// Options may be changed before the first row is printed. No byte order mark is
// written unless a command, as an export does, leaves that to the format.
func (p *Printer) Options() *export.Options { return &p.options }

// Watch has a sink around that of the output see the bytes as they are stored.
func (p *Printer) Watch(around func(sink.Sink) sink.Sink) { p.writing.Watch = around }

// ForPeople tells that the rows will be looked at in a table, and that nobody
// asked for certain members: a command may then choose what it shows.
func (p *Printer) ForPeople() bool { return p.format.Name == "table" && p.columns == nil }

// Fields says which fields of items were asked for. With picks items are reduced
// to them here, and else only watched: the API has done it.
func (p *Printer) Fields(fields *Picker, picks bool) { p.picker, p.picks = fields, picks }

// Unseen are sentences about fields and columns that were asked for and never
// occurred; others finds out the names that there are.
func (p *Printer) Unseen(others func() []string) []string {
	if p.picker == nil {
		return nil
	}
	return p.picker.Unseen(others)
}

// Into has another sink than that of the path be made.
func (p *Printer) Into(create func() (sink.Sink, error)) { p.into = create }

// Through says what pages go through when they were reduced to fields, and before
// they are written; what comes out may have the same memory.
func (p *Printer) Through(stage func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error]) {
	p.through = stage
}

func (p *Printer) picked(pages export.Pages) export.Pages {
	pages = p.reduced(pages)
	if p.through != nil {
		pages.All = p.through(pages.All)
	}
	return pages
}

func (p *Printer) reduced(pages export.Pages) export.Pages {
	switch {
	case p.columns != nil:
		p.picker = &Picker{Paths: p.columns, Nulls: true}
		return export.Pages{All: p.picker.Pick(pages.All), Drained: pages.Drained}
	case p.picker == nil:
		return pages
	case p.picks: // these pages are not the ones that are lent
		return export.Pages{All: p.picker.Pick(pages.All), Drained: pages.Drained}
	}
	all := pages.All
	pages.All = func(yield func([]byte, error) bool) {
		for page, err := range all {
			if err == nil {
				p.picker.Watch(page)
			}
			if !yield(page, err) {
				return
			}
		}
	}
	return pages
}

// Rows prints a list.
func (p *Printer) Rows(ctx context.Context, rows iter.Seq2[json.RawMessage, error]) error {
	_, err := p.Export(ctx, rows)
	return err
}

// Each yields rows that are in memory already.
func Each(rows []json.RawMessage) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Export is Rows for those who tell what was written.
func (p *Printer) Export(ctx context.Context, rows iter.Seq2[json.RawMessage, error]) (export.Summary, error) {
	return p.Pages(ctx, pagesOf(rows))
}

// One prints a single object: as itself, not as an array of one.
func (p *Printer) One(ctx context.Context, row json.RawMessage) error {
	p.options.OneItem = true
	_, err := p.Pages(ctx, pagesOf(func(yield func(json.RawMessage, error) bool) { yield(row, nil) }))
	return err
}

// Pages prints items that come as JSON arrays.
func (p *Printer) Pages(ctx context.Context, pages export.Pages) (export.Summary, error) {
	to, err := p.sink(ctx)
	if err != nil {
		return export.Summary{}, err
	}
	return p.PagesTo(ctx, pages, to)
}

// Survey finds what columns and types there are to be, instead of printing.
func (p *Printer) Survey(ctx context.Context, pages export.Pages) (*export.Survey, error) {
	return export.NewSurvey(ctx, p.picked(pages), p.options.Fields)
}

// PagesTo prints items to a sink of the caller's.
func (p *Printer) PagesTo(ctx context.Context, pages export.Pages, to sink.Sink) (export.Summary, error) {
	pages = p.picked(pages)
	if p.query != nil {
		return export.Summary{}, p.filter(ctx, pages.All, to)
	}
	summary, err := export.Run(ctx, pages, p.format, p.options, to)
	if err == nil && p.columns != nil {
		for _, text := range p.picker.Unseen(nil) {
			p.app.Streams.Warnf("--columns: %s", text)
		}
	}
	return summary, err
}

func (p *Printer) sink(ctx context.Context) (sink.Sink, error) {
	if p.notes {
		return sink.Stream(p.app.Streams.Err), nil
	}
	if p.into != nil {
		return p.into()
	}
	p.writing.MediaType = p.format.MediaType
	return p.app.Create(ctx, p.path, p.writing)
}

// rowsPerPage keeps the number of writes low without holding rows back for long.
const rowsPerPage = 256

// pagesOf gathers rows into JSON arrays.
func pagesOf(rows iter.Seq2[json.RawMessage, error]) export.Pages {
	return export.PagesOf(func(yield func([]byte, error) bool) {
		page, count := []byte{'['}, 0
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if count > 0 {
				page = append(page, ',')
			}
			page = append(page, row...)
			count++
			if count == rowsPerPage {
				if !yield(append(page, ']'), nil) {
					return
				}
				page, count = []byte{'['}, 0
			}
		}
		if count > 0 {
			yield(append(page, ']'), nil)
		}
	})
}
