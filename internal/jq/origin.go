package jq

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
	"unsafe" // #nosec G103 -- to tell strings apart that are equal; nothing is read or written through it

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// origin remembers where Go values come from, and with that keeps them: another
// value cannot take their place in memory.
type origin struct {
	objects map[uintptr]object
	arrays  map[slice]array
	strings map[text][]byte // only those that would be spelled otherwise
	seen    map[string]int  // names of members, numbered as they were first seen
}

type object struct {
	raw   []byte   // nil: it was built
	order []string // of one that was built
	kept  map[string]any
}

type array struct {
	raw  []byte
	kept []any
}

// Slices and strings share memory with others that begin alike.
type (
	slice struct {
		start  uintptr
		length int
	}
	text struct {
		start  *byte
		length int
	}
)

func newOrigin() *origin {
	return &origin{objects: map[uintptr]object{}, arrays: map[slice]array{}, strings: map[text][]byte{}, seen: map[string]int{}}
}

func identity(values []any) slice {
	return slice{reflect.ValueOf(values).Pointer(), len(values)}
}

func identityOf(s string) text { return text{unsafe.StringData(s), len(s)} } // #nosec G103 -- see the import

// ordered notes the order of the members of an object that was built.
func (o *origin) ordered(value any, order []string) {
	if members, ok := value.(map[string]any); ok {
		o.objects[reflect.ValueOf(members).Pointer()] = object{order: order, kept: members}
	}
}

// decode reads a JSON text into the values that gojq takes.
func (o *origin) decode(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not valid UTF-8, which JSON is")
	}
	raw, err := rawjson.AppendChecked(nil, text)
	if err != nil {
		return nil, err
	}
	return o.value(raw), nil
}

// value decodes text that was checked, nesting included.
func (o *origin) value(raw []byte) any {
	switch raw[0] {
	case '{':
		return o.object(raw)
	case '[':
		values := []any{}
		for element, err := range rawjson.Elements(raw) {
			if err != nil {
				break // which cannot be
			}
			values = append(values, o.value(element))
		}
		if len(values) > 0 {
			o.arrays[identity(values)] = array{raw, values}
		}
		return values
	case '"':
		return o.string(raw)
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	}
	return json.Number(raw)
}

// object numbers all names of an object before those of what is in it.
func (o *origin) object(raw []byte) map[string]any {
	type member struct {
		name  string
		value []byte
	}
	var all []member
	for m, err := range rawjson.Members(raw) {
		if err != nil {
			break // which cannot be
		}
		name := o.string(m.Key)
		if _, ok := o.seen[name]; !ok {
			o.seen[name] = len(o.seen)
		}
		all = append(all, member{name, m.Value})
	}
	members := make(map[string]any, len(all))
	for _, m := range all {
		members[m.name] = o.value(m.value)
	}
	o.objects[reflect.ValueOf(members).Pointer()] = object{raw: raw, kept: members}
	return members
}

// string decodes a string. One that is spelled as it need not be gets memory of
// its own, which short ones have not: else it could not be told from others.
func (o *origin) string(quoted []byte) string {
	s := string(rawjson.AppendUnquoted(nil, quoted))
	if s == "" || string(appendString(nil, s)) == string(quoted) {
		return s
	}
	s = strings.Clone(s)
	o.strings[identityOf(s)] = quoted
	return s
}
