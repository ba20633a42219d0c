package schema

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// seen is what is seen in pages, each by a Shredder of its own as if by several
// goroutines.
func seen(t *testing.T, pages ...string) *Seen {
	t.Helper()
	all := &Seen{}
	for _, page := range pages {
		all.Add(block(t, page))
	}
	return all
}

func block(t *testing.T, page string) *shred.Block {
	t.Helper()
	var s shred.Shredder
	data, _, err := s.Page(nil, []byte(page))
	if err != nil {
		t.Fatalf("%.100q: %v", page, err)
	}
	b, err := shred.Open(bytes.NewReader(data), 0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// text spells a type out.
func text(t *Type) string {
	switch t.Kind {
	case Group:
		var fields []string
		for _, f := range t.Fields {
			name := f.Key
			if f.Name != f.Key {
				name += "=" + f.Name
			}
			fields = append(fields, name+" "+text(f.Type))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case List:
		return "[" + text(t.Element) + "]"
	}
	return t.String()
}

func TestTypesOfValues(t *testing.T) {
	tests := map[string]struct {
		values string // of the member a, one an item
		want   string
	}{
		"booleans":                      {`true|false|null`, "BOOLEAN"},
		"integers":                      {`1|-9223372036854775808|9223372036854775807`, "INT64"},
		"integers beyond 64 bits":       {`1|9223372036854775808|-123456789012345678901`, "DECIMAL(21,0)"},
		"integers of 38 digits":         {`99999999999999999999999999999999999999`, "DECIMAL(38,0)"},
		"integers of 39 digits":         {`100000000000000000000000000000000000000`, "JSON"},
		"numbers with fractions":        {`1.5|1e10|0.1|-2.50`, "DOUBLE"},
		"integers and fractions":        {`1|1.5|9007199254740992`, "DOUBLE"},
		"integers no double has":        {`9007199254740993|1.5`, "JSON"},
		"long fractions":                {`1.5|0.1234567890123456789`, "JSON"},
		"minus zero":                    {`-0|1`, "JSON"},
		"minus zero with a fraction":    {`-0.0|1.5`, "JSON"},
		"beyond every double":           {`1e400`, "JSON"},
		"times":                         {`"2024-05-17T12:34:56.789Z"|null`, "TIMESTAMP"},
		"times without fractions":       {`"2024-05-17T12:34:56.789Z"|"2024-05-17T12:34:56Z"`, "STRING"},
		"dates":                         {`"2024-02-29"|"1999-12-31"`, "DATE"},
		"dates that are none":           {`"2024-02-29"|"2023-02-29"`, "STRING"},
		"dates and times":               {`"2024-02-29"|"2024-05-17T12:34:56.789Z"`, "STRING"},
		"strings":                       {`"x"|""|"\u00e4"`, "STRING"},
		"objects":                       {`{"x":1}|{}|{"y":"z"}|null`, "{x INT64, y STRING}"},
		"empty objects":                 {`{}|null`, "JSON"},
		"empty arrays":                  {`[]`, "JSON"},
		"nulls":                         {`null`, "JSON"},
		"arrays":                        {`[1,2]|[]|[null]|null`, "[INT64]"},
		"arrays of nulls":               {`[null]`, "[JSON]"},
		"arrays of arrays":              {`[[1.5],[]]|[]`, "[[DOUBLE]]"},
		"arrays of objects":             {`[{"x":[{"y":true}]}]|[{"x":[],"z":{}}]`, "[{x [{y BOOLEAN}], z JSON}]"},
		"numbers and strings":           {`1|"1"`, "JSON"},
		"booleans and numbers":          {`true|1`, "JSON"},
		"objects and arrays":            {`{"x":1}|[1]`, "JSON"},
		"objects and strings":           {`{"x":1}|"x"`, "JSON"},
		"empty objects and arrays":      {`{}|[]`, "JSON"},
		"arrays and empty objects":      {`[1]|{}`, "JSON"},
		"mixed elements":                {`[1,"x"]`, "[JSON]"},
		"keys of every kind":            {`{"":1,"a/b":2,"a.b":3,"ä":4}`, "{ INT64, a/b INT64, a.b INT64, ä INT64}"},
		"keys that differ in case":      {`{"Id":1,"id":"x","ID":true,"id_1":2}`, "{Id INT64, id=id_2 STRING, ID=ID_3 BOOLEAN, id_1 INT64}"},
		"the last of repeated keys":     {`{"x":1,"x":"y"}|{"x":"z"}`, "{x STRING}"},
		"the order of first occurrence": {`{"b":1}|{"a":1,"b":2}|{"c":1}`, "{b INT64, a INT64, c INT64}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			values := strings.Split(test.values, "|")
			want := "{a " + test.want + "}"
			one := `[{"a":` + strings.Join(values, `},{"a":`) + `}]`
			var each []string
			for _, value := range values {
				each = append(each, `[{"a":`+value+`}]`)
			}
			for _, pages := range [][]string{{one}, each} {
				got, err := seen(t, pages...).Resolve(Options{})
				if err != nil || text(got.Type) != want {
					t.Errorf("%d pages: %v\ngot  %s\nwant %s", len(pages), err, text(got.Type), want)
				}
			}
		})
	}
}

func TestTypesWithoutDates(t *testing.T) {
	got, err := seen(t, `[{"a":"2024-02-29","b":["2024-05-17T12:34:56.789Z"]}]`).Resolve(Options{NoDates: true})
	if want := "{a STRING, b [STRING]}"; err != nil || text(got.Type) != want {
		t.Errorf("%v: got %s, want %s", err, text(got.Type), want)
	}
}

// ids are items with an object that has count keys, each in one item.
func ids(items, count int) string {
	var page []string
	for i := range items {
		var members []string
		for j := range count {
			members = append(members, fmt.Sprintf(`"k%d":1`, i*count+j))
		}
		page = append(page, `{"a":{`+strings.Join(members, ",")+`}}`)
	}
	return "[" + strings.Join(page, ",") + "]"
}

func TestObjectsWithIDsAsKeys(t *testing.T) {
	tests := map[string]struct {
		page    string
		options Options
		columns int
		json    bool
		tooMany bool
	}{
		"200 keys":                 {page: ids(200, 1), columns: 200},
		"201 keys":                 {page: ids(201, 1), columns: 1, json: true},
		"201 keys as columns":      {page: ids(201, 1), options: Options{WideStruct: true}, columns: 201},
		"keys that all have":       {page: ids(1, 500), columns: 500},
		"more than columns":        {page: ids(100, 50), columns: 1, json: true},
		"more than columns wanted": {page: ids(100, 50), options: Options{WideStruct: true}, tooMany: true},
		"one with too many":        {page: ids(1, 2001), columns: 1, json: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := seen(t, test.page).Resolve(test.options)
			if _, tooMany := errors.AsType[*TooManyColumns](err); tooMany != test.tooMany {
				t.Fatalf("error %v", err)
			}
			if test.tooMany {
				return
			}
			if got.Count() != test.columns || (got.Fields[0].Type.Kind == JSON) != test.json || (len(got.Warnings) == 1) != test.json {
				t.Errorf("%d columns, %s, warnings %q", got.Count(), got.Fields[0].Type, got.Warnings)
			}
		})
	}
}

func TestTooManyColumns(t *testing.T) {
	var members []string
	for i := range 1500 {
		members = append(members, fmt.Sprintf(`"k%d":{"x":1,"y":1}`, i))
	}
	all := seen(t, "[{"+strings.Join(members, ",")+"}]")
	if _, err := all.Resolve(Options{}); err == nil {
		t.Error("no error for 3,000 columns")
	}
	got, err := all.Resolve(Options{Truncate: true})
	if err != nil || got.Count() != MaxColumns || len(got.Warnings) != 1 {
		t.Errorf("%v, %d columns, %q", err, got.Count(), got.Warnings)
	}
}

func TestDeepItems(t *testing.T) {
	got, err := seen(t, `[{"a":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`}]`).Resolve(Options{})
	if err != nil || got.Count() != 1 || len(got.Warnings) != 1 {
		t.Fatalf("%v, %q", err, got.Warnings)
	}
}

// What was seen does not grow with the number of items.
func TestSeenIsBounded(t *testing.T) {
	all := &Seen{}
	for i := range 60 {
		var page []string
		for j := range 50 {
			page = append(page, fmt.Sprintf(`{"a":{"k%d":{"x%d":1}}}`, (i*50+j)%1000, i*50+j))
		}
		all.Add(block(t, "["+strings.Join(page, ",")+"]"))
	}
	if all.places() > maxSeen {
		t.Errorf("%d places", all.places())
	}
}
