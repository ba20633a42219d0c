package queues

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/uniquekey"
)

// formats are those that requests come in. In a table everything but the url is
// text of userData.
func formats() []input.Format {
	all := input.Requests()
	for i, format := range all {
		if format.Name != "csv" && format.Name != "tsv" {
			continue
		}
		all[i].Read = func(r io.Reader, o input.Options) iter.Seq2[input.Row, error] {
			o.Strings = true
			return columns(format.Read(r, o))
		}
	}
	return all
}

// sources are what the arguments name, in their order: files, and URLs.
func (o putOptions) sources(ctx context.Context, a *app.App, arguments []string) ([]input.Source, error) {
	files := slices.DeleteFunc(slices.Clone(arguments), isURL)
	var read []input.Source
	if len(files) > 0 || len(arguments) == 0 {
		var err error
		if read, err = o.input.Sources(ctx, a, formats(), files, "URLs"); err != nil {
			return nil, err
		}
	}
	var sources []input.Source
	var urls []string
	for _, argument := range arguments {
		if isURL(argument) {
			urls = append(urls, argument)
			continue
		}
		if len(urls) > 0 {
			sources = append(sources, input.URLs("arguments", urls))
			urls = nil
		}
		sources, read = append(sources, read[0]), read[1:]
	}
	if len(urls) > 0 {
		sources = append(sources, input.URLs("arguments", urls))
	}
	return append(sources, read...), nil
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
			return nil, fmt.Errorf("%s is not a string", name)
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
