package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/itchyny/gojq"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

func compileJQ(expression string) (*gojq.Code, error) {
	query, err := gojq.Parse(expression)
	if err != nil {
		return nil, Usagef("--jq: %v", err)
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, Usagef("--jq: %v", err)
	}
	return code, nil
}

// filter runs the expression over the whole output, as `… -f json | jq` would:
// over one object, or over the array of all rows, which it has to hold. Strings
// are printed as they are, everything else as JSON, one result a line.
func (p *Printer) filter(ctx context.Context, pages iter.Seq2[[]byte, error], sink export.Sink) error {
	if err := p.filterInto(ctx, pages, sink); err != nil {
		return errors.Join(err, sink.Abort())
	}
	return sink.Commit()
}

func (p *Printer) filterInto(ctx context.Context, pages iter.Seq2[[]byte, error], w io.Writer) (err error) {
	if p.options.Terminal {
		safe := output.SafeWriter(w)
		defer func() { err = errors.Join(err, safe.Flush()) }()
		w = safe
	}
	input, err := decodeAll(pages)
	if err != nil {
		return err
	}
	var value any = input
	if p.options.OneItem && len(input) == 1 {
		value = input[0]
	}
	results := p.query.RunWithContext(ctx, value)
	for {
		result, ok := results.Next()
		if !ok {
			return nil
		}
		if err, failed := result.(error); failed {
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return nil
			}
			return fmt.Errorf("--jq: %w", err)
		}
		line, err := resultLine(result)
		if err != nil {
			return fmt.Errorf("--jq: %w", err)
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
}

func resultLine(result any) ([]byte, error) {
	if text, ok := result.(string); ok {
		return append([]byte(text), '\n'), nil
	}
	line, err := gojq.Marshal(result)
	return append(line, '\n'), err
}

// decodeAll keeps number text, which gojq then treats with full precision.
func decodeAll(pages iter.Seq2[[]byte, error]) ([]any, error) {
	values := []any{}
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		for item, err := range rawjson.Elements(page) {
			if err != nil {
				return nil, err
			}
			decoder := json.NewDecoder(bytes.NewReader(item))
			decoder.UseNumber()
			var value any
			if err := decoder.Decode(&value); err != nil {
				return nil, err
			}
			values = append(values, value)
		}
	}
	return values, nil
}
