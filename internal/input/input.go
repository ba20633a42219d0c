// Package input reads rows from files and pipes, one at a time: JSON, JSON
// Lines, CSV and TSV become JSON objects.
package input

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Row is one JSON object and where it stood.
type Row struct {
	JSON     json.RawMessage
	Position string // "item 12", "line 13"
}

// Options say how to read.
type Options struct {
	Delimiter rune // between the cells of csv; 0 is a comma
	Strings   bool // cells stay text, also those that look like numbers or booleans
}

// Format is one of the ways in which rows are written down.
type Format struct {
	Name string
	Read func(io.Reader, Options) iter.Seq2[Row, error]
}

// Formats is the one list of them.
func Formats() []Format {
	return []Format{
		{"json", readJSON},
		{"jsonl", readJSON},
		{"csv", readCSV},
		{"tsv", func(r io.Reader, o Options) iter.Seq2[Row, error] {
			o.Delimiter = '\t'
			return readCSV(r, o)
		}},
	}
}

// Names are the names of the formats.
func Names() []string {
	var names []string
	for _, format := range Formats() {
		names = append(names, format.Name)
	}
	return names
}

// Lookup finds a format by its name.
func Lookup(name string) (Format, error) {
	for _, format := range Formats() {
		if format.Name == name {
			return format, nil
		}
	}
	return Format{}, fmt.Errorf("unknown format %q; known are %s", name, strings.Join(Names(), ", "))
}

// decoded is r as UTF-8 without a byte order mark, which may also announce
// UTF-16, as spreadsheets write it.
func decoded(r io.Reader) io.Reader {
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}
