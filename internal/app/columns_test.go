package app

import (
	"slices"
	"testing"
)

func TestPick(t *testing.T) {
	tests := []struct {
		name    string
		page    string
		columns []string
		want    string
	}{
		{"order of the flag", `[{"a":1,"b":2}]`, []string{"b", "a"}, `[{"b":2,"a":1}]`},
		{"missing is null", `[{"a":1},{}]`, []string{"a"}, `[{"a":1},{"a":null}]`},
		{"nested", `[{"a":{"b":{"c":1.0}}}]`, []string{"a.b.c"}, `[{"a.b.c":1.0}]`},
		{"nested, by slashes", `[{"a":[{"b":1},{"b":2}]}]`, []string{"a/1/b"}, `[{"a/1/b":2}]`},
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
			for page, err := range (&Picker{Paths: test.columns, Nulls: true}).Pick(pages) {
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

func TestPickBrokenPage(t *testing.T) {
	pages := func(yield func([]byte, error) bool) { yield([]byte(`[{"a":1},`), nil) }
	for page, err := range (&Picker{Paths: []string{"a"}}).Pick(pages) {
		if err == nil {
			t.Errorf("a page that was cut off became %s", page)
		}
	}
}

func TestUnseen(t *testing.T) {
	tests := []struct {
		name  string
		page  string
		paths []string
		want  []string
	}{
		{"all there", `[{"a":1},{"b":2}]`, []string{"a", "b"}, nil},
		{"null is there", `[{"a":null}]`, []string{"a"}, nil},
		{"misspelt", `[{"price":1,"url":2}]`, []string{"prise"}, []string{`nothing has "prise"; "price" is the nearest that there is`}},
		{"misspelt inside", `[{"price":{"amount":1}}]`, []string{"price/amont"}, []string{`nothing has "price/amont"; "price/amount" is the nearest that there is`}},
		{"nothing like it", `[{"price":1}]`, []string{"manufacturer"}, []string{`nothing has "manufacturer"`}},
		{"no items", `[]`, []string{"a"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Picker{Paths: test.paths}
			p.Watch([]byte(test.page))
			if got := p.Unseen(nil); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
