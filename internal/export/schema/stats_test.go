package schema

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
)

// measured is seen with statistics, a block a page.
func measured(t *testing.T, pages ...string) *Seen {
	t.Helper()
	seed := maphash.MakeSeed()
	all := &Seen{}
	for _, page := range pages {
		b := block(t, page)
		stats, err := Measure(b, seed)
		if err != nil {
			t.Fatal(err)
		}
		all.AddMeasured(b, stats)
	}
	return all
}

func rowsOf(t *testing.T, all *Seen) map[string]string {
	t.Helper()
	resolved, err := all.Resolve(Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]string)
	for _, row := range all.Rows(resolved.Type) {
		text, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		rows[row.Field] = string(text)
	}
	return rows
}

func TestRows(t *testing.T) {
	rows := rowsOf(t, measured(t,
		`[{"n":3,"s":"b","l":[1,2]},{"n":null,"s":"a","mix":1}]`,
		`[{"n":-1.5,"l":[],"mix":"x"},{"n":3,"s":"b","g":{"x":true},"t":"2024-05-17T12:34:56.789Z"}]`))
	for field, want := range map[string]string{
		"n":   `"type":"DOUBLE","kinds":["integer","number","null"],"present":1,"null":0.25,"distinct":2,"smallest":-1.5,"largest":3,"example":3}`,
		"s":   `"type":"STRING","kinds":["string"],"present":0.75,"null":0,"distinct":2,"smallest":"a","largest":"b","example":"b"}`,
		"l":   `"type":"LIST","kinds":["array"],"present":0.5,"null":0}`,
		"l[]": `"type":"INT64","kinds":["integer"],"present":1,"null":0,"distinct":2,"smallest":1,"largest":2,"example":1}`,
		"mix": `"type":"JSON","kinds":["integer","string"],"present":0.5,"null":0,"distinct":2,"example":1}`,
		"g":   `"type":"GROUP","kinds":["object"],"present":0.25,"null":0}`,
		"g/x": `"type":"BOOLEAN","kinds":["boolean"],"present":1,"null":0,"distinct":1,"example":true}`,
		"t":   `"type":"TIMESTAMP","kinds":["time"],"present":0.25,"null":0,"distinct":1,"smallest":"2024-05-17T12:34:56.789Z","largest":"2024-05-17T12:34:56.789Z","example":"2024-05-17T12:34:56.789Z"}`,
	} {
		if got := rows[field]; !strings.HasSuffix(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", field, got, want)
		}
	}
}

func TestDistinctIsBounded(t *testing.T) {
	var pages []string
	for i := range 12 {
		var items []string
		for j := range 1000 {
			items = append(items, fmt.Sprintf(`{"few":%d,"many":"%d"}`, j%5, i*1000+j))
		}
		pages = append(pages, "["+strings.Join(items, ",")+"]")
	}
	rows := rowsOf(t, measured(t, pages...))
	if !strings.Contains(rows["few"], `"distinct":5,`) || !strings.Contains(rows["many"], `"distinct":10000,"moreDistinct":true`) {
		t.Errorf("%v", rows)
	}
}

func TestDrift(t *testing.T) {
	one, two := measured(t, `[{"a":1,"b":"x","c":{"d":1}}]`), measured(t, `[{"a":1.5,"b":"y","e":[1],"c":{"d":2}}]`)
	var types []*Type
	for _, s := range []*Seen{one, two} {
		resolved, err := s.Resolve(Options{})
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, resolved.Type)
	}
	one.Merge(two)
	merged, err := one.Resolve(Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := one.Rows(merged.Type)
	Drift(rows, []string{"one", "two"}, types)
	got := map[string]string{}
	for _, row := range rows {
		got[row.Field] = row.Differs
	}
	want := map[string]string{"a": "one INT64, two DOUBLE", "b": "", "c": "", "c/d": "", "e": "one missing, two LIST", "e[]": "one missing, two INT64"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
