package export

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// The platform's limits for formats with columns.
const (
	maxColumns    = 2000
	maxNameLength = 200 // characters
)

// waysOut end the message of a limit: no column is ever dropped silently.
const waysOut = "choose columns with --fields, drop some with --omit, or export as jsonl (-f jsonl)"

// ColumnLimitError means that items have more or longer-named columns than the
// formats with columns allow.
type ColumnLimitError struct {
	Columns []string // the culprits, at most a few
	problem string
}

func (e *ColumnLimitError) Error() string { return e.problem + "; " + waysOut }

// ErrNestedField is matched by a *NestedFieldError.
var ErrNestedField = errors.New("a field holds nested values")

// NestedFieldError means that a value of a wanted field turned out to be
// nested, and so to need columns of its own, when the header had been written.
// Options.TwoPass finds all columns before the first row.
type NestedFieldError struct {
	Field string
	Item  int64 // counted from 1
}

func (e *NestedFieldError) Error() string {
	return fmt.Sprintf("field %q is nested in item %d, after its column was written: "+
		"name the nested column, such as %q, or write to a file", e.Field, e.Item, e.Field+"/0")
}

func (e *NestedFieldError) Unwrap() error { return ErrNestedField }

func checkName(path string) error {
	if len(path) <= maxNameLength || utf8.RuneCountInString(path) <= maxNameLength {
		return nil
	}
	start := string([]rune(path)[:60]) + "…"
	return &ColumnLimitError{
		Columns: []string{start},
		problem: fmt.Sprintf("the name of column %q is longer than %d characters", start, maxNameLength),
	}
}

// tooMany names the top-level fields that have the most columns, as those are
// what --fields and --omit choose from.
func (c *columns) tooMany(next string) error {
	const named = 5
	counts := map[string]int{}
	for _, found := range append(slices.Clone(c.found), column{name: next}) {
		top, _, _ := strings.Cut(found.name, "/")
		counts[top]++
	}
	tops := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), comparePaths(a, b))
	})
	shown := tops[:min(named, len(tops))]
	var list []string
	for _, top := range shown {
		list = append(list, fmt.Sprintf("%q (%d)", top, counts[top]))
	}
	if len(tops) > named {
		list = append(list, fmt.Sprintf("and %d more", len(tops)-named))
	}
	return &ColumnLimitError{
		Columns: shown,
		problem: fmt.Sprintf("items have more than %d columns: %s", maxColumns, strings.Join(list, ", ")),
	}
}
