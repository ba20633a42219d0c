package queues

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/uniquekey"
)

// stdin as a file's name.
const stdin = "-"

// format is a way in which requests are written down; its rows are requests.
type format struct {
	name string
	read func(io.Reader) iter.Seq2[input.Row, error]
}

func inputNames() []string { return append([]string{"txt", "xml"}, input.Names()...) }

// lookup finds a format by its name, or by a file's ending.
func lookup(name, path string) (format, error) {
	if name == "" {
		plain := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".zst")
		switch {
		case strings.HasSuffix(plain, ".txt"):
			name = "txt"
		case strings.HasSuffix(plain, ".xml"):
			name = "xml"
		}
	}
	switch name {
	case "txt":
		return format{name, readLines}, nil
	case "xml":
		return format{name, sitemaps{path}.read}, nil
	}
	rows, err := input.ForPath(path)
	if name != "" {
		rows, err = input.Lookup(name)
	}
	read := func(r io.Reader) iter.Seq2[input.Row, error] { return rows.Read(r, input.Options{}) }
	if rows.Name == "csv" || rows.Name == "tsv" {
		read = func(r io.Reader) iter.Seq2[input.Row, error] {
			return columns(rows.Read(r, input.Options{Strings: true}))
		}
	}
	return format{rows.Name, read}, err
}

// source is where requests come from. What is read of it is counted in bytes as
// they are on the disk.
type source struct {
	name   string
	format format
	size   int64 // of the file; negative where it is not known
	open   func(progress func(bytes int)) (io.ReadCloser, error)
}

// totalSize is the size of all sources; 0 where one's is not known.
func totalSize(sources []source) (total int64) {
	for _, s := range sources {
		if s.size < 0 {
			return 0
		}
		total += s.size
	}
	return total
}

// open opens no file: that every one is there, and of a format that can be
// read, is known before the first request.
func (o putOptions) open(ctx context.Context, a *app.App) ([]source, error) {
	arguments := o.sources
	if len(arguments) == 0 {
		if a.Streams.InTerminal {
			return nil, app.WithHint(app.Usagef("no URL and no file, and stdin is a terminal"), "name some, or pipe them in")
		}
		arguments = []string{stdin}
	}
	var sources []source
	var urls []string
	for _, argument := range arguments {
		if isURL(argument) {
			urls = append(urls, argument)
			continue
		}
		s := source{name: argument, size: -1, open: func(progress func(int)) (io.ReadCloser, error) { return input.Open(argument, progress) }}
		name := o.format
		if argument == stdin {
			reader := bufio.NewReader(a.Streams.Input(ctx))
			s.name, s.open = "stdin", func(func(int)) (io.ReadCloser, error) { return io.NopCloser(reader), nil }
			if name == "" {
				var err error
				if name, err = sniff(reader); err != nil {
					return nil, err
				}
			}
		} else if info, err := os.Stat(argument); err != nil {
			return nil, err
		} else if info.IsDir() {
			return nil, app.Usagef("%q is a directory", argument)
		} else if info.Mode().IsRegular() {
			s.size = info.Size()
		}
		var err error
		if s.format, err = lookup(name, argument); err != nil {
			return nil, app.WithHint(app.Usagef("%s: %v", s.name, err), "say the format of the input with --format")
		}
		sources = append(sources, s)
	}
	if len(urls) > 0 {
		text := strings.Join(urls, "\n")
		sources = append(sources, source{"arguments", format{"txt", readLines}, 0, func(func(int)) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}})
	}
	return sources, nil
}

// sniff tells JSON and XML by their first character; anything else is lines.
func sniff(r *bufio.Reader) (string, error) {
	head, err := r.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	head = bytes.TrimLeft(head, " \t\r\n\ufeff")
	switch {
	case len(head) == 0:
		return "txt", nil
	case head[0] == '{' || head[0] == '[':
		return "json", nil
	case head[0] == '<':
		return "xml", nil
	}
	return "txt", nil
}

func urlRow(url, position string) input.Row {
	text, _ := json.Marshal(map[string]string{"url": url}) // strings never fail
	return input.Row{JSON: text, Position: position}
}

// maxLine is far longer than any URL that a server takes.
const maxLine = 1 << 20

func readLines(r io.Reader) iter.Seq2[input.Row, error] {
	return func(yield func(input.Row, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		for n := 1; lines.Scan(); n++ {
			line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if !yield(urlRow(line, fmt.Sprintf("line %d", n)), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(input.Row{}, err)
		}
	}
}

// columns makes userData of what is no url.
func columns(rows iter.Seq2[input.Row, error]) iter.Seq2[input.Row, error] {
	return func(yield func(input.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				row.JSON, err = fromColumns(row.JSON)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func fromColumns(row json.RawMessage) (json.RawMessage, error) {
	var cells map[string]string
	if err := json.Unmarshal(row, &cells); err != nil {
		return nil, err
	}
	request := map[string]any{"url": cells["url"]}
	delete(cells, "url")
	if len(cells) > 0 {
		request["userData"] = cells
	}
	return json.Marshal(request)
}

// defaults are what the flags say about every request.
type defaults struct {
	method, label string
	headers       map[string]string
	extended      bool // unique keys have method and payload in them
}

// request completes a request: what it says itself stays.
func (d defaults) request(row json.RawMessage) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(row, &members); err != nil {
		return nil, err
	}
	var key uniquekey.Request
	var given, payload string
	for name, into := range map[string]*string{"url": &key.URL, "method": &key.Method, "uniqueKey": &given, "payload": &payload} {
		if raw := members[name]; raw != nil && json.Unmarshal(raw, into) != nil {
			return nil, fmt.Errorf("%s is no string", name)
		}
	}
	key.Extended = d.extended
	for name, into := range map[string]*bool{"keepUrlFragment": &key.KeepFragment, "useExtendedUniqueKey": &key.Extended} {
		if raw := members[name]; raw != nil && json.Unmarshal(raw, into) != nil {
			return nil, fmt.Errorf("%s is neither true nor false", name)
		}
		delete(members, name) // it is about the unique key, and no part of a request
	}
	if key.URL == "" {
		return nil, errors.New("there is no url")
	}
	set := func(name string, value any) error {
		text, err := json.Marshal(value)
		members[name] = text
		return err
	}
	if key.Method == "" {
		key.Method = strings.ToUpper(d.method)
		if key.Method == "" {
			key.Method = "GET"
		}
		if err := set("method", key.Method); err != nil {
			return nil, err
		}
	}
	if given == "" {
		key.Payload = []byte(payload)
		if err := set("uniqueKey", uniquekey.Of(key)); err != nil {
			return nil, err
		}
	}
	if d.label != "" {
		userData := map[string]any{"label": d.label}
		if err := overlay(userData, members["userData"]); err != nil {
			return nil, fmt.Errorf("userData: %w", err)
		}
		if err := set("userData", userData); err != nil {
			return nil, err
		}
	}
	if len(d.headers) > 0 {
		headers := map[string]any{}
		for name, value := range d.headers {
			headers[name] = value
		}
		if err := overlay(headers, members["headers"]); err != nil {
			return nil, fmt.Errorf("headers: %w", err)
		}
		if err := set("headers", headers); err != nil {
			return nil, err
		}
	}
	delete(members, "id") // it follows from the unique key
	return json.Marshal(members)
}

// overlay sets the members of an object over defaults.
func overlay(into map[string]any, object json.RawMessage) error {
	if object == nil {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return err
	}
	for name, value := range members {
		into[name] = value
	}
	return nil
}
