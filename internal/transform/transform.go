// Package transform does to items what a request to the API asks for: fields,
// omit, unwind, flatten, clean.
package transform

import (
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Transformation is what a request asks to be done to items. It works on their
// bytes: what it does not touch comes out as it was stored.
//
// The steps, in this order:
//
//	skipFailedPages  items that have errorInfo are left out
//	unwind           one after the other; an item becomes several
//	flatten
//	omit             before fields, which gives the same as "omit beats fields"
//	skipHidden       members whose name starts with #
//	fields           with outputFields renaming what was picked
//	skipEmpty        items without members are left out
//
// The names in fields and omit are those that unwind and flatten leave. One
// with a dot is a member of exactly that name, or else a path through objects.
// Unwind and flatten know members of the item itself only.
type Transformation struct {
	Fields, OutputFields, Omit, Unwind, Flatten []string
	SkipHidden, SkipEmpty, SkipFailedPages      bool
	Lines                                       bool // JSON Lines, else elements of an array
	MostUnwound                                 int  // bytes that one item may become; 0: 256 MB
	picked, omitted                             *fieldTree
}

// mostUnwound is how many bytes one item may unwind into by default. Arrays
// multiply: a few kilobytes could fill any memory.
const mostUnwound = 256 << 20

// Prepare is called once the members are set, and before anything else.
func (t *Transformation) Prepare() *Transformation {
	if t.MostUnwound == 0 {
		t.MostUnwound = mostUnwound
	}
	if len(t.OutputFields) == 0 {
		t.Fields = unique(t.Fields)
	}
	t.picked, t.omitted = newFieldTree(t.Fields), newFieldTree(t.Omit)
	return t
}

func unique(names []string) []string {
	var kept []string
	for _, name := range names {
		if !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// Passes reports that items come out as they are.
func (t *Transformation) Passes() bool { return !t.rebuilds() && !t.SkipEmpty && !t.SkipFailedPages }

// rebuilds reports that items have to be taken apart.
func (t *Transformation) rebuilds() bool {
	return len(t.Fields)+len(t.Omit)+len(t.Unwind)+len(t.Flatten) > 0 || t.SkipHidden
}

// KeepsCount reports that every stored item gives exactly one.
func (t *Transformation) KeepsCount() bool {
	return !t.SkipEmpty && !t.SkipFailedPages && len(t.Unwind) == 0
}

// Append transforms one compact item and appends what becomes of it, and how
// many items that are. Values that are no objects pass all steps but skipEmpty.
func (t *Transformation) Append(dst, item []byte) ([]byte, int64, error) {
	if !isObject(item) {
		if t.SkipEmpty && (string(item) == "[]" || string(item) == "null") {
			return dst, 0, nil
		}
		return t.put(dst, item), 1, nil
	}
	if !t.rebuilds() && !t.SkipFailedPages {
		if t.SkipEmpty && string(item) == "{}" {
			return dst, 0, nil
		}
		return t.put(dst, item), 1, nil
	}
	r, err := parseRecord(item)
	if err != nil {
		return dst, 0, err
	}
	if t.SkipFailedPages && r.index("errorInfo") >= 0 {
		return dst, 0, nil
	}
	var count int64
	u := unwinder{left: t.MostUnwound, most: t.MostUnwound, emit: func(each record) error {
		longer, kept, err := t.appendRecord(dst, each)
		dst = longer
		if kept {
			count++
		}
		return err
	}}
	err = u.unwind(r, t.Unwind)
	return dst, count, err
}

// put appends a finished item with what separates it: a comma before it (the
// very first one is taken off later) or a newline behind it.
func (t *Transformation) put(dst, item []byte) []byte {
	if t.Lines {
		return append(append(dst, item...), '\n')
	}
	return append(append(dst, ','), item...)
}

func (t *Transformation) appendRecord(dst []byte, r record) ([]byte, bool, error) {
	r, err := flattened(r, t.Flatten)
	if err == nil && len(t.Omit) > 0 {
		r, err = t.withoutOmitted(r)
	}
	if err == nil && t.SkipHidden {
		r = slices.DeleteFunc(r, func(m member) bool { return strings.HasPrefix(nameOf(m.key), "#") })
	}
	if err == nil && len(t.Fields) > 0 {
		r, err = t.pickedFrom(r)
	}
	if err != nil || t.SkipEmpty && len(r) == 0 {
		return dst, false, err
	}
	if t.Lines {
		return append(r.appendTo(dst), '\n'), true, nil
	}
	return r.appendTo(append(dst, ',')), true, nil
}

func (t *Transformation) withoutOmitted(r record) (record, error) {
	r = slices.DeleteFunc(r, func(m member) bool {
		return slices.ContainsFunc(t.Omit, func(name string) bool { return named(m.key, name) })
	})
	return t.omitted.without(r)
}

// pickedFrom gives the fields in the order that was asked for.
func (t *Transformation) pickedFrom(r record) (record, error) {
	var out record
	var paths []string // roots of dotted names that are done
	for i, name := range t.Fields {
		from := len(out)
		for _, m := range r {
			if named(m.key, name) {
				out = append(out, m)
			}
		}
		var err error
		if len(out) == from {
			out, paths, err = t.pickPath(out, r, name, paths)
		}
		if err != nil {
			return nil, err
		}
		if len(out) == from && slices.Contains(t.Unwind, name) {
			// What was unwound stands for the members that it brought.
			for _, m := range r {
				if m.from == name && !slices.Contains(t.Fields, nameOf(m.key)) {
					out = append(out, m)
				}
			}
			continue
		}
		if len(t.OutputFields) > 0 {
			for j := from; j < len(out); j++ {
				out[j].key = rawjson.Quoted(t.OutputFields[i])
			}
		}
	}
	return out, nil
}

// pickPath picks a dotted name. Paths with the same root come out as one
// member, where the first of them stands; renamed, each is its own member.
func (t *Transformation) pickPath(out, r record, name string, done []string) (record, []string, error) {
	root, _, dotted := strings.Cut(name, ".")
	if !dotted {
		return out, done, nil
	}
	tree := t.picked.child(root)
	renamed := len(t.OutputFields) > 0
	if !renamed {
		if tree.whole || slices.Contains(done, root) {
			return out, done, nil
		}
		done = append(done, root)
	}
	for _, m := range r {
		if !named(m.key, root) {
			continue
		}
		var value []byte
		var err error
		if renamed {
			value, err = valueAt(m.value, strings.Split(name, ".")[1:])
		} else {
			value, err = tree.pick(m.value)
		}
		if err != nil {
			return nil, nil, err
		}
		if value != nil {
			out = append(out, member{key: m.key, value: value})
		}
	}
	return out, done, nil
}

func valueAt(value []byte, path []string) ([]byte, error) {
	for _, segment := range path {
		if !isObject(value) {
			return nil, nil
		}
		r, err := parseRecord(value)
		if err != nil {
			return nil, err
		}
		i := r.index(segment)
		if i < 0 {
			return nil, nil
		}
		value = r[i].value
	}
	return value, nil
}
