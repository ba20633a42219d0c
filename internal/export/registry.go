// Package export turns pages of items, as the API delivers them, into a
// finished file: formats, the pipeline that feeds them, and files that appear
// whole or not at all.
//
// Items are never decoded into Go values. The text formats copy the bytes of
// an item or of its scalars, so that key order, big numbers, 1.0 and duplicate
// keys come out as they went in.
package export

import (
	"io"
	"slices"
	"strings"
)

// Options say how items are written. A format ignores what does not concern it.
type Options struct {
	Fields    []string // columns in this order, expanded where values are nested; none: the union of all, sorted
	OneItem   bool     // json, yaml: print the one item as an object instead of an array
	Delimiter rune     // csv; 0: ','
	BOM       *bool    // nil: the format's own default (csv and tsv: yes, but not to a terminal)
	NoHeader  bool     // csv, tsv, table
	Nulls     string   // what the cell of a null or missing value holds (csv, tsv, table)
	SpoolDir  string   // where a format that needs two passes keeps its spool; "": os.TempDir()
	TwoPass   bool     // see ErrNestedField
	Terminal  bool     // output goes to a terminal: no BOM, control characters made visible, JSON indented
	Width     int      // columns of that terminal; 0: unlimited
	Color     bool     // table
}

// Encoder writes items in one format.
type Encoder interface {
	// EncodePage writes a complete JSON array of items and returns how many
	// it held. The encoder may overwrite page while it runs and keeps no
	// reference to it. What can be written already has been when it returns.
	EncodePage(page []byte) (items int, err error)
	// Finish writes what is left and the format's end.
	Finish() error
	// Close releases what the encoder holds, such as a spool. It is always
	// called, also after an error, and writes nothing.
	Close() error
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
	New       func(io.Writer, Options) (Encoder, error)
}

// Formats is the table of all formats, in the order in which help shows them.
func Formats() []Format {
	return []Format{
		{
			Name: "json", Extension: "json", MediaType: "application/json",
			Summary: "one JSON array", New: text(newJSON),
		},
		{
			Name: "jsonl", Extension: "jsonl", Aliases: []string{"ndjson"}, MediaType: "application/x-ndjson",
			Summary: "one JSON object a line", New: text(newJSONL),
		},
		{
			Name: "csv", Extension: "csv", MediaType: "text/csv",
			Summary: "comma-separated values, nested values as a/b/0 columns", Columns: true, New: spreadsheetText(newCSV),
		},
		{
			Name: "tsv", Extension: "tsv", MediaType: "text/tab-separated-values",
			Summary: "tab-separated values, columns as in csv", Columns: true, New: spreadsheetText(newTSV),
		},
		{
			Name: "table", MediaType: "text/plain",
			Summary: "aligned columns to look at", New: newTable,
		},
		{
			Name: "yaml", Extension: "yaml", Aliases: []string{"yml"}, MediaType: "application/yaml",
			Summary: "YAML, one list", New: text(newYAML),
		},
		{
			Name: "id", MediaType: "text/plain",
			Summary: "the id of each item, one a line", New: text(newID),
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
	_, ending := compressionOf(name)
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
