package transform

import (
	"fmt"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// TooLargeError is an item that unwinds into more than is allowed.
type TooLargeError struct{ Most int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("An item unwinds into more than %d bytes", e.Most)
}

// unwinder makes several items of one.
type unwinder struct {
	left int // bytes
	most int // at the beginning
	emit func(record) error
}

// unwind calls emit for each item that unwinding the fields makes of one. An
// element's members replace the parent's of the same name; an element without
// members takes the field's place. An empty array leaves nothing.
func (u *unwinder) unwind(r record, fields []string) error {
	if len(fields) == 0 {
		return u.emit(r)
	}
	field, rest := fields[0], fields[1:]
	at := r.index(field)
	if at < 0 {
		return u.unwind(r, rest)
	}
	switch value := r[at].value; value[0] {
	case '{':
		return u.merge(r, at, field, value, rest)
	case '[':
		for element, err := range rawjson.Elements(value) {
			if err != nil {
				return err
			}
			if err := u.merge(r, at, field, element, rest); err != nil {
				return err
			}
		}
		return nil
	}
	return u.unwind(r, rest)
}

func (u *unwinder) merge(r record, at int, field string, element []byte, rest []string) error {
	for i, m := range r {
		u.left -= len(m.key) + 2
		if i != at {
			u.left -= len(m.value)
		}
	}
	if u.left -= len(element); u.left < 0 {
		return &TooLargeError{u.most}
	}
	merged, err := merge(r, at, field, element)
	if err != nil {
		return err
	}
	return u.unwind(merged, rest)
}

func merge(r record, at int, field string, element []byte) (record, error) {
	if !isObject(element) {
		merged := slices.Clone(r)
		merged[at].value = element
		return merged, nil
	}
	members, err := parseRecord(element)
	if err != nil {
		return nil, err
	}
	merged := index(slices.Concat(r[:at], r[at+1:]))
	for _, m := range members {
		m.from = field
		merged.set(m)
	}
	return merged.record, nil
}

// flattened turns {"a":{"b":1}} into {"a.b":1} for the given fields, all the
// way down. Arrays and empty objects stay values.
func flattened(r record, fields []string) (record, error) {
	if len(fields) == 0 {
		return r, nil
	}
	flat := index(make(record, 0, len(r)))
	for _, m := range r {
		if !isObject(m.value) || !slices.ContainsFunc(fields, func(name string) bool { return named(m.key, name) }) {
			flat.set(m)
			continue
		}
		if err := flattenInto(flat, m); err != nil {
			return nil, err
		}
	}
	return flat.record, nil
}

func flattenInto(flat *indexed, m member) error {
	if !isObject(m.value) || string(m.value) == "{}" {
		flat.set(m)
		return nil
	}
	inner, err := parseRecord(m.value)
	if err != nil {
		return err
	}
	for _, each := range inner {
		key := slices.Concat(m.key[:len(m.key)-1], []byte{'.'}, each.key[1:])
		if err := flattenInto(flat, member{key, each.value, m.from}); err != nil {
			return err
		}
	}
	return nil
}
