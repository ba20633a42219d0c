package app

import (
	"fmt"
	"iter"
	"slices"

	"github.com/apifyctl/apifyctl/internal/nearest"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Picker reduces items to members that were asked for, by name or by a path into
// them, a/b or a.b, and knows which never occurred.
type Picker struct {
	Paths []string // what is looked up
	Names []string // what it is called then; nil: as its path
	Nulls bool     // what an item lacks is null, so that all rows have the same shape

	items  int64
	seen   []bool
	others map[string]bool // names that there are, for who has mistyped one
}

// Pick reduces the items of pages.
func (p *Picker) Pick(pages iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	names := p.Names
	if names == nil {
		names = p.Paths
	}
	quoted := make([][]byte, len(names))
	for i, name := range names {
		quoted[i] = appendString(nil, name)
	}
	return func(yield func([]byte, error) bool) {
		for page, err := range pages {
			if err != nil {
				yield(nil, err)
				return
			}
			picked := []byte{'['}
			for item, err := range rawjson.Elements(page) {
				if err != nil {
					yield(nil, err)
					return
				}
				if len(picked) > 1 {
					picked = append(picked, ',')
				}
				picked = p.appendItem(picked, quoted, item)
			}
			if !yield(append(picked, ']'), nil) {
				return
			}
		}
	}
}

func (p *Picker) appendItem(picked []byte, quoted [][]byte, item []byte) []byte {
	picked = append(picked, '{')
	first := true
	for i, value := range p.values(item) {
		if value == nil && !p.Nulls {
			continue
		}
		if value == nil {
			value = []byte("null")
		}
		if !first {
			picked = append(picked, ',')
		}
		first = false
		picked = append(append(append(picked, quoted[i]...), ':'), value...)
	}
	return append(picked, '}')
}

// Watch looks at the items of a page without changing them, as long as there is
// something that has not occurred yet, and for nothing else.
func (p *Picker) Watch(page []byte) {
	p.start()
	for item, err := range rawjson.Elements(page) {
		if err != nil || !slices.Contains(p.seen, false) {
			return // whoever reads the page meets the error as well
		}
		for i, path := range p.Paths {
			p.seen[i] = p.seen[i] || rawjson.LookUp(item, path) != nil
		}
		p.count(item)
	}
}

// values are what an item has under the paths; nil for nothing.
func (p *Picker) values(item []byte) [][]byte {
	p.start()
	values := make([][]byte, len(p.Paths))
	for i, path := range p.Paths {
		values[i] = rawjson.LookUp(item, path)
		p.seen[i] = p.seen[i] || values[i] != nil
	}
	p.count(item)
	return values
}

func (p *Picker) start() {
	if p.seen == nil {
		p.seen, p.others = make([]bool, len(p.Paths)), map[string]bool{}
	}
}

// count counts an item that was looked at.
func (p *Picker) count(item []byte) {
	p.items++
	if p.items <= samples && slices.Contains(p.seen, false) {
		collect(p.others, item)
	}
}

// samples is how many items are looked at for names that may have been meant.
const samples = 100

// Unseen are sentences about what never occurred. Where others is not nil, the
// names that there are come from it.
func (p *Picker) Unseen(others func() []string) []string {
	var sentences []string
	for i, path := range p.Paths {
		if p.items == 0 || p.seen[i] {
			continue
		}
		names := slices.Sorted(keysOf(p.others))
		if others != nil {
			names = others()
		}
		text := fmt.Sprintf("nothing has %q", path)
		if near := nearest.Name(path, names); near != "" {
			text += fmt.Sprintf("; %q is the nearest that there is", near)
		}
		sentences = append(sentences, text)
	}
	return sentences
}

func keysOf(set map[string]bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range set {
			if !yield(name) {
				return
			}
		}
	}
}

// FieldNames are the names in items, and those one level below them.
func FieldNames(page []byte) []string {
	set := map[string]bool{}
	for item, err := range rawjson.Elements(page) {
		if err != nil {
			break
		}
		collect(set, item)
	}
	return slices.Sorted(keysOf(set))
}

func collect(set map[string]bool, item []byte) {
	for member := range rawjson.ObjectMembers(item) {
		name := member.Name()
		set[name] = true
		for below := range rawjson.ObjectMembers(member.Value) {
			set[name+"/"+below.Name()] = true
		}
	}
}
