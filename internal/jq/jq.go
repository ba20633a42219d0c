// Package jq runs jq expressions over JSON text and keeps what they do not touch
// as it came in: the order of members, 1.0, big numbers, escapes.
//
// gojq works on Go values, whose maps have no order. So each value that is
// decoded here is known by its identity, and one that comes out of the expression
// again is written with the bytes that it was decoded from. An object that the
// expression builds has its members in the order in which they stand there. One
// that it changes in another way, such as by adding to it, is a new one to gojq:
// its members come in the order in which their names were first seen in the data.
package jq

import (
	"context"
	"errors"
	"iter"

	"github.com/itchyny/gojq"
)

// Filter is a jq expression. It does one thing at a time.
type Filter struct {
	code   *gojq.Code
	orders [][]string // of the members of the objects that the expression builds
	names  map[string]int
	origin *origin
}

// Compile reads an expression.
func Compile(expression string) (*Filter, error) {
	query, err := gojq.Parse(expression)
	if err != nil {
		if cut, ok := errors.AsType[*gojq.ParseError](err); ok && cut.Token == "" {
			return nil, errors.New("the expression is not complete")
		}
		return nil, err
	}
	f := &Filter{}
	w := &walker{}
	w.query(query)
	f.orders, f.names = w.orders, w.names
	f.code, err = gojq.Compile(query, gojq.WithFunction(orderFunction, 1, 1, f.order))
	return f, err
}

// order is what the objects that an expression builds are passed through.
func (f *Filter) order(object any, number []any) any {
	if n, ok := gojq.ToInt(number[0]); ok && n < len(f.orders) {
		f.origin.ordered(object, f.orders[n])
	}
	return object
}

// Result is what an expression returns. It lasts until the filter is used again.
type Result struct {
	value  any
	filter *Filter
}

// Value runs the expression over one JSON text. Errors of the text are
// *InputError.
func (f *Filter) Value(ctx context.Context, text []byte) iter.Seq2[Result, error] {
	return f.Only(ctx, func(yield func([]byte, error) bool) { yield(text, nil) })
}

// Matches tells whether what the expression returns first for a JSON text is
// neither false nor null. Nothing at all is no match.
func (f *Filter) Matches(ctx context.Context, text []byte) (bool, error) {
	for result, err := range f.Value(ctx, text) {
		return err == nil && result.value != nil && result.value != false, err
	}
	return false, nil
}

// Only is Value for the text that comes, and Array if it is not the only one.
func (f *Filter) Only(ctx context.Context, texts iter.Seq2[[]byte, error]) iter.Seq2[Result, error] {
	values, err := f.decode(texts)
	if len(values) == 1 {
		return f.run(ctx, values[0], err)
	}
	return f.run(ctx, values, err)
}

// Array runs the expression over an array with these JSON texts, all of which are
// in memory for that long.
func (f *Filter) Array(ctx context.Context, texts iter.Seq2[[]byte, error]) iter.Seq2[Result, error] {
	values, err := f.decode(texts)
	return f.run(ctx, values, err)
}

func (f *Filter) decode(texts iter.Seq2[[]byte, error]) ([]any, error) {
	f.origin = newOrigin()
	values := []any{}
	for text, err := range texts {
		var value any
		if err == nil {
			value, err = f.origin.decode(text)
		}
		if err != nil {
			return values, &InputError{err}
		}
		values = append(values, value)
	}
	return values, nil
}

// InputError is an error of what an expression is to be run over.
type InputError struct{ err error }

func (e *InputError) Error() string { return e.err.Error() }
func (e *InputError) Unwrap() error { return e.err }

func (f *Filter) run(ctx context.Context, value any, err error) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		if err != nil {
			yield(Result{}, err)
			return
		}
		results := f.code.RunWithContext(ctx, value)
		for {
			result, ok := results.Next()
			if !ok {
				return
			}
			if err, failed := result.(error); failed {
				if halt, ok := errors.AsType[*gojq.HaltError](err); !ok || halt.Value() != nil {
					yield(Result{}, err)
				}
				return
			}
			if !yield(Result{result, f}, nil) {
				return
			}
		}
	}
}

// AppendJSON appends the result as JSON on one line.
func (r Result) AppendJSON(dst []byte) ([]byte, error) {
	e := encoder{origin: r.filter.origin, names: r.filter.names}
	return e.append(dst, r.value)
}

// AppendText is AppendJSON, but for a string its text, as jq -r has it.
func (r Result) AppendText(dst []byte) ([]byte, error) {
	if text, ok := r.value.(string); ok {
		return append(dst, text...), nil
	}
	return r.AppendJSON(dst)
}

// True tells whether the result counts as true: it is neither false nor null.
func (r Result) True() bool { return r.value != nil && r.value != false }
