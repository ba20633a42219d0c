package export

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/schema"
)

func surveyed(t *testing.T, fields []string, datasets ...string) *Survey {
	t.Helper()
	all, err := NewSurvey(t.Context(), PagesOf(pagesOf(datasets[0])), fields)
	if err != nil {
		t.Fatal(err)
	}
	for _, items := range datasets[1:] {
		next, err := NewSurvey(t.Context(), PagesOf(pagesOf(items)), fields)
		if err != nil {
			t.Fatal(err)
		}
		all.Merge(next)
	}
	return all
}

// What is found in several datasets is what one export of all their items finds.
func TestSurveyFindsTheColumnsOfAll(t *testing.T) {
	const first, second = `[{"b":1,"a":{"x":[1,2]}},{"c":"2026-01-01"}]`, `[{"a":{"y":true},"b":1.5,"d":null}]`
	s := surveyed(t, nil, first, second)
	columns, err := s.Columns()
	if want := []string{"a/x/0", "a/x/1", "a/y", "b", "c", "d"}; err != nil || !slices.Equal(columns, want) {
		t.Errorf("columns %q, %v, want %q", columns, err, want)
	}
	whole, err := export(t, pagesOf(first, second), "csv", Options{BOM: new(false)})
	if header, _, _ := strings.Cut(whole, "\n"); err != nil || header != strings.Join(columns, ",") {
		t.Errorf("header %q, %v", header, err)
	}
	for i, items := range []string{first, second} {
		part, err := export(t, pagesOf(items), "csv", Options{BOM: new(false), Exact: columns})
		if err != nil || !strings.HasPrefix(part, strings.Join(columns, ",")+"\n") {
			t.Errorf("dataset %d: %v, %q", i, err, part)
		}
	}
	resolved, err := s.Type(schema.Options{})
	if err != nil || len(resolved.Fields) != 4 {
		t.Fatalf("%v, %v", resolved, err)
	}
	if kind := resolved.Fields[0].Type.Kind; kind != schema.Double {
		t.Errorf("b is %v", kind)
	}
}

func TestSurveyKeepsTheOrderOfFields(t *testing.T) {
	columns, err := surveyed(t, []string{"c", "a"}, `[{"a":1,"b":2}]`, `[{"c":{"z":1,"y":2}}]`).Columns()
	if want := []string{"c/y", "c/z", "a"}; err != nil || !slices.Equal(columns, want) {
		t.Errorf("columns %q, %v, want %q", columns, err, want)
	}
}

// Too many columns are an error of tables, wherever they were found, and none of
// what has no columns.
func TestSurveyOfTooManyColumns(t *testing.T) {
	first, second := "[{"+wideMembers(flatten.MaxColumns)+"}]", `[{"x":1}]`
	for name, s := range map[string]*Survey{
		"in an item":     surveyed(t, nil, "[{"+wideMembers(flatten.MaxColumns+1)+"}]"),
		"in two":         surveyed(t, nil, first[:len(first)-1]+","+second[1:]),
		"in datasets":    surveyed(t, nil, first, second),
		"in the first":   surveyed(t, nil, "[{"+wideMembers(flatten.MaxColumns+1)+"}]", second, second),
		"in the last":    surveyed(t, nil, second, second, "[{"+wideMembers(flatten.MaxColumns+1)+"}]"),
		"a name":         surveyed(t, nil, `[{"`+strings.Repeat("n", flatten.MaxNameLength+1)+`":1}]`, second),
		"a name, second": surveyed(t, nil, second, `[{"`+strings.Repeat("n", flatten.MaxNameLength+1)+`":1}]`),
	} {
		columns, err := s.Columns()
		if _, limit := errors.AsType[*flatten.ColumnLimitError](err); !limit {
			t.Errorf("%s: %d columns, %v", name, len(columns), err)
		}
	}
	s := surveyed(t, nil, first, first)
	if columns, err := s.Columns(); err != nil || len(columns) != flatten.MaxColumns {
		t.Errorf("as many as may be: %d columns, %v", len(columns), err)
	}
	if resolved, err := surveyed(t, nil, second, `[{"`+strings.Repeat("n", flatten.MaxNameLength+1)+`":1}]`).Type(schema.Options{}); err != nil || len(resolved.Fields) != 2 {
		t.Errorf("types: %v, %v", resolved, err)
	}
}

// An item with another column, or another field, is an error, and so is nothing that
// is left out of duplicates.
func TestExactColumns(t *testing.T) {
	for _, test := range []struct {
		name, items, want string
		unknown           string
	}{
		{"fewer", `[{"b":1},{}]`, "b,a\n1,\n,\n", ""},
		{"another", `[{"a":1},{"a":1,"c":2}]`, "", "c"},
		{"nested", `[{"a":{"x":1}}]`, "", "a/x"},
		{"a duplicate that is left out", `[{"a":{"x":1},"a":2}]`, "b,a\n,2\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := export(t, pagesOf(test.items), "csv", Options{BOM: new(false), Exact: []string{"b", "a"}})
			if unknown, ok := errors.AsType[*flatten.UnknownColumnError](err); test.unknown != "" && (!ok || unknown.Column != test.unknown) {
				t.Errorf("got %v, want the column %s", err, test.unknown)
			}
			if test.unknown == "" && (err != nil || got != test.want) {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
	known := &schema.Type{Kind: schema.Group, Fields: []schema.Field{{Key: "a", Name: "a", Type: &schema.Type{Kind: schema.Int}}}}
	_, err := export(t, pagesOf(`[{"a":1},{"b":2}]`), "parquet", Options{Parquet: Parquet{Schema: known, Exact: true}})
	if unknown, ok := errors.AsType[*UnknownFieldsError](err); !ok || !slices.Equal(unknown.Fields, []string{"b"}) {
		t.Errorf("parquet: %v", err)
	}
	if _, err := export(t, pagesOf(`[{"a":1},{}]`), "parquet", Options{Parquet: Parquet{Schema: known, Exact: true}}); err != nil {
		t.Errorf("parquet without other fields: %v", err)
	}
}
