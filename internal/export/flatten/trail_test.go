package flatten

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// slowly makes a tree never try known steps.
func slowly(t *Tree) *Tree {
	t.trail.rest = 1 << 60
	return t
}

// sameWalks walks items by steps and without, and fails where the two find
// other columns, cells or errors.
func sameWalks(t *testing.T, items []string, fields []string) (hits int) {
	t.Helper()
	columns := NewColumns(fields, false, nil)
	finders := []*Tree{NewTree(columns.Empty()), slowly(NewTree(columns.Empty()))}
	items = slices.Clone(items)
	for i := range items {
		items[i] += ",{\"more\":1}" // as in a page; labels are looked for eight bytes at a time
	}
	for _, item := range items {
		var problems []string
		for _, finder := range finders {
			_, err := finder.Item([]byte(item), 0)
			problems = append(problems, fmt.Sprint(err, finder.Columns.Found))
		}
		if problems[0] != problems[1] {
			t.Fatalf("%s in %q:\n by steps %s\n without %s", item, items, problems[0], problems[1])
		}
	}
	if columns.Merge(finders[0].Columns.Found) != nil || columns.Freeze() != nil {
		return 0
	}
	trees := []*Tree{NewRows(columns), slowly(NewRows(columns))}
	for _, item := range items {
		var cells []string
		before := trees[0].trail
		for _, tree := range trees {
			end, err := tree.Item([]byte(item), 0)
			text := fmt.Sprint(end, err)
			for i := range tree.Cells.Spans {
				if err == nil {
					text += fmt.Sprintf(" %d %s", tree.Cells.Spans[i].Kind, tree.Cells.Value(i))
				}
			}
			cells = append(cells, text)
		}
		if before.rest == 0 && trees[0].trail.rest == 0 && trees[0].trail.missed == 0 {
			hits++
		}
		if cells[0] != cells[1] {
			t.Fatalf("%s in %q:\n by steps %s\n without %s", item, items, cells[0], cells[1])
		}
	}
	return hits
}

func TestSteps(t *testing.T) {
	for name, tc := range map[string]struct {
		items  []string
		hits   int
		fields []string
	}{
		"alike":                   {items: []string{`{"a":1,"b":{"c":"x"}}`, `{"a":2,"b":{"c":"y"}}`, `{"a":"z","b":{"c":null}}`}, hits: 2},
		"nothing in them":         {items: []string{`{}`, `{}`, `{ }`}, hits: 1},
		"arrays of any length":    {items: []string{`{"a":[1,2],"b":1}`, `{"a":[1],"b":1}`, `{"a":[1,2,3],"b":1}`, `{"a":[3],"b":2}`, `{"a":[3,4],"b":2}`, `{"a":[],"b":1}`, `{"a":[],"b":1}`}, hits: 3},
		"empty ones":              {items: []string{`{"a":[],"b":{},"c":1}`, `{"a":[],"b":{},"c":2}`}, hits: 1},
		"an order of steps":       {items: []string{`{"a":1,"b":2}`, `{"b":1,"a":2}`, `{"a":3,"b":4}`, `{"a":1,"b":2,"a":3}`, `{"b":5,"a":6}`}, hits: 2},
		"an object twice":         {items: []string{`{"p":{"x":1},"q":1}`, `{"q":1,"p":{"y":2}}`, `{"p":{"x":1},"q":1,"p":{"y":2}}`, `{"p":{"x":1},"q":1}`}, hits: 1},
		"emptied again":           {items: []string{`{"p":[1],"q":2}`, `{"q":2,"p":[]}`, `{"p":[1],"q":2,"p":[]}`, `{"p":[],"q":2,"p":[1]}`}},
		"without scalars":         {items: []string{`{"p":[{"x":[]}],"q":2}`, `{"p":[{"x":[]}],"q":2}`, `{"p":[{"x":[1]}],"q":2,"p":[{"x":[]}]}`}},
		"a scalar or not":         {items: []string{`{"a":1}`, `{"a":{"b":1}}`, `{"a":[1]}`, `{"a":1}`, `{"a":[1]}`}, hits: 1},
		"spaces":                  {items: []string{`{"a":1}`, `{"a": 1}`, `{ "a" : 1 , "b": [ 1 ] }`, `{ "a" : 1 , "b": [ 1 ] }`, `{"a":1}`}, hits: 2},
		"columns that are shared": {items: []string{`{"a/b":1,"a":{"b":2}}`, `{"a":{"b":2},"a/b":1}`, `{"a/b":1,"a":{"b":2}}`}}, // each is looked at
		"broken":                  {items: []string{`{"a":1,"b":2}`, `{"a":1,"b":2`, `{"a":1,"b":}`, `{"a":x,"b":2}`, `{"a":1,"b":2}`}, hits: 1},
		"few wanted":              {items: []string{`{"x":{"y":[1]},"a":1,"z":[]}`, `{"x":{"z":2},"a":2,"z":[]}`, `{"x":3,"a":{"b":3},"z":7}`}, hits: 1, fields: []string{"a"}},
		"below":                   {items: []string{`{"a":{"b":1,"c":2}}`, `{"a":{"b":2,"c":[2]}}`, `{"a":5}`, `{"a":6}`}, hits: 2, fields: []string{"a/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if hits := sameWalks(t, tc.items, tc.fields); hits != tc.hits {
				t.Errorf("%d items went by known steps, want %d", hits, tc.hits)
			}
		})
	}
}

// Steps are bounded, and items that never go by them are not tried for long.
func TestStepsAreBounded(t *testing.T) {
	tree := NewTree(NewColumns(nil, false, nil))
	for i := range 3 * maxSteps {
		item := fmt.Appendf(nil, `{"a":{"%s":[1,2]},"b":"c"}`, strings.Repeat("k", i%5)+fmt.Sprint(i%900))
		if _, err := tree.Item(item, 0); err != nil {
			t.Fatal(err)
		}
	}
	if tree.trail.steps > maxSteps || tree.trail.rest == 0 && tree.trail.missed > 20 {
		t.Errorf("%d steps, %d items in a row left them and %d are not tried", tree.trail.steps, tree.trail.missed, tree.trail.rest)
	}
	for place := range slices.Values([]*node{tree.root, tree.root.members["a"]}) {
		count := 0
		for s := place.steps; s != nil; s = s.other {
			count++
		}
		if count > maxOthers {
			t.Errorf("%d steps from one place", count)
		}
	}
}

func FuzzSteps(f *testing.F) {
	for _, items := range []string{
		`[{"id":1,"tags":["a","b"],"price":{"amount":9.5,"currency":"EUR"}},{"id":2,"tags":[],"price":{"amount":1e400}}]`,
		`[ {"a":[1,{"b":[]}]} , {"a":{"0":2,"1":{"b":{"c":"x"}}}} ]`,
		`[{"a/b":1,"a":{"b":2},"a":{}},{"a":{"b":3},"a/b":4}]`,
		`[{"a":"\r\n","b":"\r","c":" ","d":"\\.","e":"\ufeff"}]`,
		`[{"\u0061":1},{"a":2},{"a":{"\ud800":[[[]]]}}]`,
	} {
		f.Add(items)
	}
	f.Add(`[{"p":{"x":1},"q":[]},{"q":[2],"p":{"y":2}},{"p":{"x":1},"q":[],"p":{"y":2}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var raw []json.RawMessage
		if json.Unmarshal([]byte(text), &raw) != nil {
			return
		}
		var items []string
		for _, item := range raw {
			items = append(items, string(bytes.TrimSpace(item)))
		}
		again := slices.Clone(items)
		slices.Reverse(again)
		sameWalks(t, slices.Concat(items, items, again), nil)
		sameWalks(t, slices.Concat(items, items, again), []string{"a", "b/0", "p"})
	})
}
