package jq

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// encoder writes values, those that came in as they came in.
type encoder struct {
	origin *origin
	names  map[string]int // of members that the expression builds, in the order in which they stand there
}

func (e *encoder) append(dst []byte, value any) ([]byte, error) {
	switch value := value.(type) {
	case map[string]any:
		known := e.origin.objects[reflect.ValueOf(value).Pointer()]
		if known.raw != nil {
			return append(dst, known.raw...), nil
		}
		return e.appendObject(dst, value, known.order)
	case []any:
		return e.appendArray(dst, value)
	case string:
		return e.appendString(dst, value), nil
	}
	scalar, err := gojq.Marshal(value)
	return append(dst, scalar...), err
}

func (e *encoder) appendObject(dst []byte, members map[string]any, order []string) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, name := range e.order(members, order) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(e.appendString(dst, name), ':')
		if dst, err = e.append(dst, members[name]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *encoder) appendArray(dst []byte, values []any) (_ []byte, err error) {
	if len(values) > 0 {
		if known, ok := e.origin.arrays[identity(values)]; ok {
			return append(dst, known.raw...), nil
		}
	}
	dst = append(dst, '[')
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = e.append(dst, value); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (e *encoder) appendString(dst []byte, s string) []byte {
	if s != "" {
		if raw, ok := e.origin.strings[identityOf(s)]; ok {
			return append(dst, raw...)
		}
	}
	return appendString(dst, s)
}

func appendString(dst []byte, s string) []byte {
	return rawjson.AppendQuoted(dst, strings.ToValidUTF8(s, "\ufffd"))
}

// order is that of the members of an object which did not come in as it is:
// the order in which it was built, where a name that the expression computed
// stands for computedName; else the one in which the data has the names, then the
// expression, and then the alphabet.
func (e *encoder) order(members map[string]any, built []string) []string {
	rest := make([]string, 0, len(members))
	for name := range members {
		if !slices.Contains(built, name) {
			rest = append(rest, name)
		}
	}
	rank := func(name string) int {
		if i, ok := e.origin.seen[name]; ok {
			return i
		}
		if i, ok := e.names[name]; ok {
			return len(e.origin.seen) + i
		}
		return math.MaxInt
	}
	slices.SortFunc(rest, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	if len(built) == 0 {
		return rest
	}
	names := make([]string, 0, len(members))
	for _, name := range built {
		switch _, there := members[name]; {
		case name == computedName && len(rest) > 0:
			names, rest = append(names, rest[0]), rest[1:]
		case there && name != computedName && !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return append(names, rest...)
}
