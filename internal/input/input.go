// Package input is the one place that reads text: items, requests, lists and
// tables, from files and pipes, one row at a time. What JSON, JSON Lines, CSV,
// TSV, lists of URLs and sitemaps hold becomes JSON objects.
package input

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// Row is one JSON object and where it stood.
type Row struct {
	JSON     json.RawMessage
	Position string // "item 12", "line 13"
}

// Options say how to read.
type Options struct {
	Encoding  string // of Encodings; "" finds it out, see Decode
	Delimiter rune   // between the cells of csv; 0 is a comma, or what a first line sep=; says
	Strings   bool   // cells stay text, also those that look like numbers or booleans

	folder string // that the sitemaps of an index lie in; "": they cannot be read
}

// Format is one of the ways in which rows are written down.
type Format struct {
	Name    string
	Endings []string // further ones of files, besides the name
	Read    func(io.Reader, Options) iter.Seq2[Row, error]
}

// Items are the formats that items of datasets come in.
func Items() []Format {
	return []Format{
		{"json", nil, readJSON},
		{"jsonl", []string{"ndjson"}, readJSON},
		{"csv", nil, readCSV},
		{"tsv", []string{"tab"}, func(r io.Reader, o Options) iter.Seq2[Row, error] {
			o.Delimiter = '\t'
			return readCSV(r, o)
		}},
	}
}

// Requests are the formats that requests come in: lists of URLs and sitemaps
// too.
func Requests() []Format {
	return append([]Format{{"txt", nil, readLines}, {"xml", nil, readSitemap}}, Items()...)
}

// Names are the names of formats.
func Names(formats []Format) []string {
	var names []string
	for _, format := range formats {
		names = append(names, format.Name)
	}
	return names
}

// ErrFormat is wrapped by errors that naming the right format would mend.
var ErrFormat = errors.New("unknown format")

// Lookup finds a format by its name. Its error wraps ErrFormat.
func Lookup(formats []Format, name string) (Format, error) {
	for _, format := range formats {
		if format.Name == name {
			return format, nil
		}
	}
	return Format{}, fmt.Errorf("%w %q; known are %s", ErrFormat, name, strings.Join(Names(formats), ", "))
}

// forPath is the format that the ending of a file's name tells, looking through
// .gz and .zst.
func forPath(formats []Format, path string) (Format, bool) {
	name := strings.ToLower(path)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	for _, format := range formats {
		for _, ending := range slices.Concat([]string{format.Name}, format.Endings) {
			if strings.HasSuffix(name, "."+ending) {
				return format, true
			}
		}
	}
	return Format{}, false
}
