package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// Cell is one fact of a row that people read.
type Cell struct{ Name, Value string }

// TableRow makes cells a row of a table.
func TableRow(cells []Cell) json.RawMessage {
	row := []byte{'{'}
	for i, cell := range cells {
		if i > 0 {
			row = append(row, ',')
		}
		row = appendString(row, cell.Name)
		row = append(row, ':')
		row = appendString(row, cell.Value)
	}
	return append(row, '}')
}

// Card prints the facts of one thing below each other, and under them lines that
// stand alone, such as a link. Nothing of it is shortened.
func (p *Printer) Card(ctx context.Context, facts []Cell, lines ...string) error {
	p.options.NoHeader = true
	p.options.Layout.Whole = []string{"fact", "value"}
	to, err := p.sink(ctx)
	if err != nil {
		return err
	}
	var tail strings.Builder
	for _, line := range lines {
		if line != "" {
			tail.WriteString(output.Safe(line) + "\n")
		}
	}
	if tail.Len() > 0 {
		space := strings.Repeat("\n", min(1, len(facts)))
		to = tailed{to, space + tail.String()}
	}
	rows := func(yield func(json.RawMessage, error) bool) {
		for _, fact := range facts {
			if !yield(TableRow([]Cell{{"fact", fact.Name}, {"value", fact.Value}}), nil) {
				return
			}
		}
	}
	_, err = p.PagesTo(ctx, pagesOf(rows), to)
	return err
}

// tailed writes a text at the end.
type tailed struct {
	sink.Sink
	text string
}

func (t tailed) Commit() error {
	if _, err := io.WriteString(t.Sink, t.text); err != nil {
		return err
	}
	return t.Sink.Commit()
}

// OnTerminal tells that a person will read the output.
func (p *Printer) OnTerminal() bool { return p.options.Terminal }

func appendString(dst []byte, text string) []byte {
	quoted, _ := JSON(text) // a string never fails
	return append(dst, quoted...)
}

// JSON is a value as it is printed: with & < > as they are, so that a link in it
// can be used.
func JSON(value any) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}
