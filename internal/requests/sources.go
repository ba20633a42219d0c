package requests

import (
	"encoding/json"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Formats are those that requests come in. In a table everything but the url is
// text of userData.
func Formats() []input.Format {
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

// Sources are what arguments name, in their order: URLs, and files, which open opens.
// Where there is no argument, open is called without a file.
func Sources(arguments []string, open func(files []string) ([]input.Source, error)) ([]input.Source, error) {
	files := slices.DeleteFunc(slices.Clone(arguments), isURL)
	var read []input.Source
	if len(files) > 0 || len(arguments) == 0 {
		var err error
		if read, err = open(files); err != nil {
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

// isURL tells an argument that is a URL from one that is a file.
func isURL(argument string) bool {
	if !strings.Contains(argument, "://") || object.Is(argument) {
		return false
	}
	_, err := os.Stat(argument)
	return err != nil
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
