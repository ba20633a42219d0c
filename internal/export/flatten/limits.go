package flatten

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The platform's limits for formats with columns.
const (
	MaxColumns    = 2000
	MaxNameLength = 200 // characters
)

// waysOut end the message of a limit: no column is ever dropped silently.
const waysOut = "choose columns with --fields, drop some with --omit, cut them off with --truncate, or export as jsonl (-f jsonl)"

// LongestPath bounds, in bytes, the names that --truncate still cuts; what is
// deeper or longer is left out.
const LongestPath = 4 * MaxNameLength

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
}

func (e *NestedFieldError) Error() string {
	return fmt.Sprintf("field %q holds nested values, which need columns of their own, and the header was written already", e.Field)
}

func (e *NestedFieldError) Unwrap() error { return ErrNestedField }

// UnknownColumnError means that an item has a column that is none of those that
// there are to be.
type UnknownColumnError struct{ Column string }

func (e *UnknownColumnError) Error() string {
	return fmt.Sprintf("it has the column %q, which is not among those that were given", e.Column)
}

func (c *Columns) checkName(path string) error {
	if c.truncate || len(path) <= MaxNameLength || utf8.RuneCountInString(path) <= MaxNameLength {
		return nil
	}
	start := string([]rune(path)[:60]) + "…"
	return &ColumnLimitError{
		Columns: []string{start},
		problem: fmt.Sprintf("the name of column %q is longer than %d characters", start, MaxNameLength),
	}
}

// tooMany names the top-level fields that have the most columns, as those are
// what --fields and --omit choose from.
func (c *Columns) tooMany(next string) error {
	names := []string{next}
	for _, found := range c.Found {
		names = append(names, found.Name)
	}
	return TooManyColumns(names)
}

// TooManyColumns is the error where these columns, or columns without a name,
// are more than the limit.
func TooManyColumns(names []string) error {
	const named = 5
	counts := map[string]int{}
	for _, name := range names {
		top, _, _ := strings.Cut(name, "/")
		counts[top]++
	}
	tops := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), ComparePaths(a, b))
	})
	shown := tops[:min(named, len(tops))]
	var list []string
	for _, top := range shown {
		list = append(list, fmt.Sprintf("%q (%d)", top, counts[top]))
	}
	if len(tops) > named {
		list = append(list, fmt.Sprintf("and %d more", len(tops)-named))
	}
	problem := fmt.Sprintf("items have more than %d columns", MaxColumns)
	if len(list) > 0 {
		problem += ": " + strings.Join(list, ", ")
	}
	return &ColumnLimitError{Columns: shown, problem: problem}
}

// setNames makes the header. Names over the limit are cut, and told apart by a
// number where that makes them equal.
func (c *Columns) setNames() {
	c.Names = make([]string, len(c.Found))
	taken := make(map[string]bool, len(c.Found))
	for _, column := range c.Found {
		taken[column.Name] = true
	}
	var cut []string
	for i, column := range c.Found {
		c.Names[i] = column.Name
		if utf8.RuneCountInString(column.Name) <= MaxNameLength {
			continue
		}
		cut = append(cut, column.Name)
		short := firstRunes(column.Name, MaxNameLength)
		for number := 2; taken[short]; number++ {
			suffix := "~" + strconv.Itoa(number)
			short = firstRunes(column.Name, MaxNameLength-len(suffix)) + suffix
		}
		taken[short] = true
		c.Names[i] = short
	}
	if len(cut) > 0 {
		c.losses.Add(fmt.Sprintf("names of columns were cut to %d characters: %s", MaxNameLength, Listed(cut)))
	}
}

func firstRunes(text string, count int) string {
	for i := range text {
		if count == 0 {
			return text[:i]
		}
		count--
	}
	return text
}
