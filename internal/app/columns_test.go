package app

import (
	"slices"
	"testing"
)

func TestPickColumns(t *testing.T) {
	tests := []struct {
		name    string
		page    string
		columns []string
		want    string
	}{
		{"order of the flag", `[{"a":1,"b":2}]`, []string{"b", "a"}, `[{"b":2,"a":1}]`},
		{"missing is null", `[{"a":1},{}]`, []string{"a"}, `[{"a":1},{"a":null}]`},
		{"nested", `[{"a":{"b":{"c":1.0}}}]`, []string{"a.b.c"}, `[{"a.b.c":1.0}]`},
		{"name with a dot wins", `[{"a.b":1,"a":{"b":2}}]`, []string{"a.b"}, `[{"a.b":1}]`},
		{"last of repeated keys", `[{"a":1,"a":2}]`, []string{"a"}, `[{"a":2}]`},
		{"through a scalar", `[{"a":1}]`, []string{"a.b"}, `[{"a.b":null}]`},
		{"escaped key", `[{"\u0061":1}]`, []string{"a"}, `[{"a":1}]`},
		{"no items", `[]`, []string{"a"}, `[]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pages := func(yield func([]byte, error) bool) { yield([]byte(test.page), nil) }
			var got []string
			for page, err := range pickColumns(pages, test.columns) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(page))
			}
			if !slices.Equal(got, []string{test.want}) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPickColumnsBrokenPage(t *testing.T) {
	pages := func(yield func([]byte, error) bool) { yield([]byte(`[{"a":1},`), nil) }
	for page, err := range pickColumns(pages, []string{"a"}) {
		if err == nil {
			t.Errorf("a page that was cut off became %s", page)
		}
	}
}
