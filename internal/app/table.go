package app

import (
	"context"
	"encoding/json"
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

// Card prints the facts of one thing below each other.
func (p *Printer) Card(ctx context.Context, facts []Cell) error {
	p.options.NoHeader = true
	return p.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for _, fact := range facts {
			if !yield(TableRow([]Cell{{"fact", fact.Name}, {"value", fact.Value}}), nil) {
				return
			}
		}
	})
}

// OnTerminal tells that a person will read the output.
func (p *Printer) OnTerminal() bool { return p.options.Terminal }

func appendString(dst []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // a string never fails
	return append(dst, quoted...)
}
