// Package jsonschema holds items against a JSON schema of draft-07, and tells all
// that is wrong with them in the words of AJV, which the platform validates with.
package jsonschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Schema is a schema of one item. It is safe for use by several goroutines.
type Schema struct {
	root  *node
	names []string
}

// Properties are the names that the keyword properties has at the top, sorted.
func (s *Schema) Properties() []string { return s.names }

// Error is one thing that is wrong with an item. The members are AJV's.
type Error struct {
	InstancePath string         `json:"instancePath"`
	SchemaPath   string         `json:"schemaPath"`
	Keyword      string         `json:"keyword"`
	Params       map[string]any `json:"params"`
	Message      string         `json:"message"`
}

// Check returns what is wrong with the item at a position, nil where nothing is.
// The platform validates all items at once, so the paths begin with the array.
func (s *Schema) Check(position int, item []byte) ([]Error, error) {
	value, err := decode(item)
	if err != nil {
		return nil, err
	}
	return s.root.check(value, &place{index: position}), nil
}

// decode reads a JSON value whose numbers are float64, as JavaScript has them:
// what is too large is infinite, and no error.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return plain(value), nil
}

func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		number, _ := v.Float64() // out of range is infinite
		return number
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return value
}

// place is where in an item a value is.
type place struct {
	parent *place
	name   string
	index  int // where name is empty and named is false
	named  bool
}

func (p *place) member(name string) *place { return &place{parent: p, name: name, named: true} }
func (p *place) element(i int) *place      { return &place{parent: p, index: i} }

// String is the place's JSON pointer.
func (p *place) String() string {
	var steps []string
	for ; p != nil; p = p.parent {
		if p.named {
			steps = append(steps, escape(p.name))
		} else {
			steps = append(steps, strconv.Itoa(p.index))
		}
	}
	slices.Reverse(steps)
	return "/" + strings.Join(steps, "/")
}

// escape makes a name a step of a JSON pointer.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// node is a schema or one of those inside of it.
type node struct {
	pointer string // where it is in the whole schema
	rules   []rule
	within  []*node // schemas that look at the same value
}

// rule is a keyword with its value: it returns what is wrong.
type rule func(value any, at *place) []Error

func (n *node) check(value any, at *place) []Error {
	var list []Error
	for _, rule := range n.rules {
		list = append(list, rule(value, at)...)
	}
	return list
}

func (n *node) accepts(value any, at *place) bool { return len(n.check(value, at)) == 0 }

// params are what AJV adds to a message for programs.
type params = map[string]any

// wrong is the one error of a keyword.
func (n *node) wrong(at *place, keyword string, p params, format string, args ...any) []Error {
	path := "/items" + n.pointer + "/" + keyword
	if p == nil {
		p = params{}
	}
	return []Error{{at.String(), path, keyword, p, fmt.Sprintf(format, args...)}}
}
