package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// Options say how types are made of what was seen.
type Options struct {
	NoDates    bool // times and dates are strings
	WideStruct bool // objects with IDs as keys are groups
	Truncate   bool // leave out columns beyond MaxColumns
}

// Resolved are the types of items.
type Resolved struct {
	*Type
	Warnings []string
}

// TooManyColumns means that items have more columns than there may be.
type TooManyColumns struct{ Names []string }

func (e *TooManyColumns) Error() string {
	return fmt.Sprintf("items have more than %d columns", MaxColumns)
}

// Resolve makes types of what was seen of items.
func (s *Seen) Resolve(o Options) (Resolved, error) {
	r := &resolver{options: o}
	root := r.group(s, "")
	if r.cut = append(r.cut, s.cut...); len(s.cut) == cutNamed {
		r.cut = append(r.cut[:min(2, len(r.cut))], "others")
	}
	if !r.options.Truncate && (r.columns > MaxColumns || r.tooWide != "") {
		var names []string
		for _, leaf := range root.Leaves() {
			names = append(names, leaf.Name)
		}
		if r.tooWide != "" {
			names = append(names, r.tooWide)
		}
		return Resolved{}, &TooManyColumns{Names: names}
	}
	return Resolved{Type: root, Warnings: r.all()}, nil
}

type resolver struct {
	options  Options
	columns  int
	tooWide  string
	warnings []string
	cased    []string
	cut      []string
}

func (r *resolver) resolve(s *Seen, path string) *Type {
	t := r.kind(s, path)
	if t.Kind != Group && t.Kind != List {
		r.columns++
	}
	return t
}

func (r *resolver) kind(s *Seen, path string) *Type {
	const (
		bools   = 1<<shred.False | 1<<shred.True
		numbers = 1<<shred.Int | 1<<shred.Big | 1<<shred.Double | 1<<shred.Odd
		strings = 1<<shred.Time | 1<<shred.Date | 1<<shred.Plain | 1<<shred.Escaped
	)
	mask := s.Mask.Kinds() &^ shred.Of(shred.Null)
	switch {
	case mask == 0:
	case mask&^bools == 0:
		return &Type{Kind: Bool}
	case mask&^numbers == 0:
		return numberType(s)
	case mask&^strings == 0:
		return r.stringType(mask)
	case mask == shred.Of(shred.Object) && len(s.Members) > 0 && s.Mask&shred.Wide == 0:
		if !r.options.WideStruct && s.hasRareKeys() {
			r.warnWide(s, path)
			return &Type{}
		}
		return r.group(s, path)
	case mask == shred.Of(shred.Array) && s.Element != nil:
		return &Type{Kind: List, Element: r.resolve(s.Element, path+"[]")}
	default:
		r.explain(s, path)
	}
	return &Type{}
}

func numberType(s *Seen) *Type {
	switch {
	case s.Mask.Has(shred.Odd) || s.Mask.Has(shred.Double) && s.Mask&shred.NotDouble != 0:
		return &Type{}
	case s.Mask.Has(shred.Double):
		return &Type{Kind: Double}
	case s.Mask.Has(shred.Big):
		return &Type{Kind: Decimal, Precision: s.Longest}
	}
	return &Type{Kind: Int}
}

func (r *resolver) stringType(mask shred.Mask) *Type {
	switch {
	case r.options.NoDates:
	case mask == shred.Of(shred.Time):
		return &Type{Kind: Time}
	case mask == shred.Of(shred.Date):
		return &Type{Kind: Date}
	}
	return &Type{Kind: String}
}

func (r *resolver) group(s *Seen, path string) *Type {
	t := &Type{Kind: Group}
	var keys []string
	for _, member := range s.Members {
		name := join(path, member.Key)
		if r.options.Truncate && r.columns >= MaxColumns {
			r.cut = append(r.cut, name)
			continue
		}
		before := r.columns
		field := Field{Key: member.Key, Type: r.resolve(member, name)}
		if r.columns == before { // a group whose columns were all left out
			continue
		}
		keys = append(keys, member.Key)
		t.Fields = append(t.Fields, field)
	}
	for i, name := range names(keys) {
		if t.Fields[i].Name = name; name != keys[i] {
			r.cased = append(r.cased, fmt.Sprintf("%q as %q", shortened(join(path, keys[i])), shortened(name)))
		}
	}
	return t
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "/" + key
}

// names tells keys apart that differ only in case: many readers do not.
func names(keys []string) []string {
	taken := make(map[string]bool, len(keys))
	for _, key := range keys {
		taken[strings.ToLower(key)] = true
	}
	used := make(map[string]bool, len(keys))
	result := make([]string, len(keys))
	for i, key := range keys {
		name := key
		for number := 1; used[strings.ToLower(name)] || number > 1 && taken[strings.ToLower(name)]; number++ {
			name = key + "_" + strconv.Itoa(number)
		}
		used[strings.ToLower(name)] = true
		result[i] = name
	}
	return result
}

// explain says why objects became JSON text where users would not expect it.
func (r *resolver) explain(s *Seen, path string) {
	switch {
	case s.Mask&shred.Wide != 0 && r.options.WideStruct && !r.options.Truncate:
		r.tooWide = path
	case s.Mask&shred.Wide != 0:
		r.warnWide(s, path)
	case s.Mask&shred.Deep != 0:
		r.warnings = append(r.warnings, fmt.Sprintf("%q is nested deeper than %d levels: what is deeper became JSON text", shortened(path), shred.MaxDepth))
	}
}

func (r *resolver) warnWide(s *Seen, path string) {
	count := fmt.Sprintf("more than %d", shred.MaxMembers)
	if len(s.Members) > 0 {
		count = strconv.Itoa(len(s.Members))
	}
	r.warnings = append(r.warnings, fmt.Sprintf("%q has %s keys that most of its objects lack, as IDs are: it became JSON text (--wide struct makes columns of them)", shortened(path), count))
}

func (r *resolver) all() []string {
	warnings := r.warnings
	if len(r.cased) > 0 {
		warnings = append(warnings, "fields that differ only in case got other names: "+listed(r.cased))
	}
	if len(r.cut) > 0 {
		warnings = append(warnings, fmt.Sprintf("only the first %d columns were written; left out are %s", MaxColumns, listed(r.cut)))
	}
	return warnings
}

// listed names a few of many.
func listed(names []string) string {
	const most = 3
	var short []string
	for _, name := range names[:min(most, len(names))] {
		short = append(short, shortened(name))
	}
	text := strings.Join(short, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func shortened(name string) string {
	const most = 60
	runes := []rune(name)
	if len(runes) <= most {
		return name
	}
	return string(runes[:most]) + "…"
}
