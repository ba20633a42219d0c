// Package export turns pages of items, as the API delivers them, into a
// finished file: formats, the pipeline that feeds them, and files that appear
// whole or not at all.
//
// Items are never decoded into Go values. The text formats copy the bytes of
// an item or of its scalars, so that key order, big numbers, 1.0 and duplicate
// keys come out as they went in.
package export

import (
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/sink"
)

// Options say how items are written. A format ignores what does not concern it.
type Options struct {
	Fields    []string // columns in this order, expanded where values are nested; none: the union of all, sorted
	OneItem   bool     // json, yaml: print the one item as an object instead of an array
	Delimiter rune     // csv; 0: ','
	BOM       *bool    // nil: the format's own default (csv and tsv: yes, but not to a terminal)
	QuoteAll  bool     // csv, tsv: every cell in quotes, also header, numbers and empty ones
	CRLF      bool     // csv, tsv: lines end with CR LF
	NoHeader  bool     // csv, tsv, table
	Nulls     string   // what the cell of a null or missing value holds (csv, tsv, table)
	SpoolDir  string   // where a format that needs two passes keeps its spool; "": os.TempDir()
	TwoPass   bool     // see ErrNestedField
	OnePass   bool     // Fields are all the columns there are, and every page is written at once
	Exact     []string // instead of Fields the columns themselves, all of them: an item with another one is an error; nil: they are found
	Terminal  bool     // output goes to a terminal: no BOM, control characters made visible, JSON indented
	Width     int      // columns of that terminal; 0: unlimited
	Color     bool     // table
	Layout    Layout   // table

	// Truncate cuts off what exceeds the limits of a format (columns, their
	// names, cells), which is told in Summary.Warnings, instead of failing.
	Truncate  bool
	SafeCells bool   // csv, tsv: cells that a spreadsheet would run as formulas start with an apostrophe
	XMLRoot   string // xml: the outermost element; "": items
	XMLRow    string // xml: the element of an item; "": item

	Parquet Parquet

	FeedTitle       string // rss; "": Dataset
	FeedDescription string // rss; "": Items in dataset
	FeedLink        string // rss: where the dataset can be seen

	// Failed is called when an export is bound to fail, while it may still wait for
	// the next page; nil: nobody has to know so early.
	Failed func()

	warnings *warnings
}

// Format is one row of the table that validation, help, completion and
// documentation are made from.
type Format struct {
	Name      string
	Extension string   // without the dot; "" for a format that no file ending stands for
	Aliases   []string // further file endings
	MediaType string
	Summary   string
	Binary    bool // never goes to a terminal
	Columns   bool // nested values are spread over columns
	numbered  bool // its pages have to know how many items were before them
	cut       bool // its bytes depend on where pages end
	create    newEncoder
}

// Formats is the table of all formats, in the order in which help shows them.
func Formats() []Format {
	return []Format{
		{
			Name: "json", Extension: "json", MediaType: "application/json",
			Summary: "one JSON array", create: text(newJSON),
		},
		{
			Name: "jsonl", Extension: "jsonl", Aliases: []string{"ndjson"}, MediaType: "application/x-ndjson",
			Summary: "one JSON object a line", create: text(newJSONL),
		},
		{
			Name: "csv", Extension: "csv", MediaType: "text/csv",
			Summary: "comma-separated values, nested values as a/b/0 columns", Columns: true, create: spreadsheetText(newCSV),
		},
		{
			Name: "tsv", Extension: "tsv", MediaType: "text/tab-separated-values",
			Summary: "tab-separated values, columns as in csv", Columns: true, create: spreadsheetText(newTSV),
		},
		{
			Name: "xlsx", Extension: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			Summary: "Excel workbook, columns as in csv", Binary: true, Columns: true, numbered: true, cut: true, create: newXLSX,
		},
		{
			Name: "parquet", Extension: "parquet", MediaType: "application/vnd.apache.parquet",
			Summary: "Parquet, columns with types, nested values in groups and lists", Binary: true, create: newParquet,
		},
		{
			Name: "xml", Extension: "xml", MediaType: "application/xml",
			Summary: "XML, an element an item", create: text(newXML),
		},
		{
			Name: "rss", Extension: "rss", MediaType: "application/rss+xml",
			Summary: "RSS 2.0 feed, an entry an item", create: text(newRSS),
		},
		{
			Name: "html", Extension: "html", Aliases: []string{"htm"}, MediaType: "text/html",
			Summary: "web page with one table, columns as in csv", Columns: true, create: text(newHTML),
		},
		{
			Name: "table", MediaType: "text/plain",
			Summary: "aligned columns to look at", create: newTable,
		},
		{
			Name: "yaml", Extension: "yaml", Aliases: []string{"yml"}, MediaType: "application/yaml",
			Summary: "YAML, one list", create: text(newYAML),
		},
		{
			Name: "id", MediaType: "text/plain",
			Summary: "the id of each item, one a line", create: text(newID),
		},
	}
}

// Lookup finds a format by its name.
func Lookup(name string) (Format, bool) {
	formats := Formats()
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

// ForPath finds the format that the ending of a file's name stands for. The
// ending of a compressed file (.gz, .zst) is looked through.
func ForPath(path string) (Format, bool) {
	name := strings.ToLower(path)
	ending, _ := sink.Compressed(name)
	name = strings.TrimSuffix(name, ending)
	for _, f := range Formats() {
		for _, extension := range append([]string{f.Extension}, f.Aliases...) {
			if extension != "" && strings.HasSuffix(name, "."+extension) {
				return f, true
			}
		}
	}
	return Format{}, false
}
