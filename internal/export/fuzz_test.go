package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// The reference: slow, plain, on top of encoding/json's tokens.

type object []member

type member struct {
	name  string
	value any // object, []any, string, json.Number, bool, nil
}

func decode(t testing.TB, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := decodeNext(decoder)
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("more than one value in %q", text)
	}
	return value
}

func decodeNext(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := decodeNext(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	case json.Delim('{'):
		members := object{}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := decodeNext(decoder)
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			members = slices.DeleteFunc(members, func(m member) bool { return m.name == name })
			members = append(members, member{name, value})
		}
		_, err = decoder.Token()
		return members, err
	}
	return token, nil
}

func flattened(cells map[string]string, path string, value any) {
	below := func(name string, value any) {
		if path != "" {
			name = path + "/" + name
		}
		flattened(cells, name, value)
	}
	switch value := value.(type) {
	case object:
		for _, m := range value {
			below(m.name, m.value)
		}
	case []any:
		for i, element := range value {
			below(strconv.Itoa(i), element)
		}
	case string:
		cells[path] = value
	case json.Number:
		cells[path] = value.String()
	case bool:
		cells[path] = strconv.FormatBool(value)
	case nil:
		cells[path] = ""
	}
}

// scalars is how many cells a value needs.
func scalars(value any) (count int) {
	switch value := value.(type) {
	case object:
		for _, m := range value {
			count += scalars(m.value)
		}
	case []any:
		for _, element := range value {
			count += scalars(element)
		}
	default:
		return 1
	}
	return count
}

// validArray reports whether a text is a JSON array; one that is not UTF-8 is refused
// by every format, see TestOnlyUTF8.
func validArray(text string) bool {
	return json.Valid([]byte(text)) && utf8.ValidString(text) && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[")
}

// objects is the fuzzed text as a page, if it is one that has columns.
func objects(t testing.TB, text string) ([]any, bool) {
	t.Helper()
	if !validArray(text) {
		return nil, false
	}
	list, ok := decode(t, []byte(text)).([]any)
	for _, item := range list {
		if _, isObject := item.(object); !isObject {
			return nil, false
		}
	}
	return list, ok
}

func addCorpus(f *testing.F) {
	for _, item := range ugly {
		f.Add("[" + item + "]")
	}
	f.Add("[" + strings.Join(ugly, " , ") + "]")
	f.Add(`[ {"a":[1,{"b":[]}]} , {"a":{"0":2,"1":{"b":{"c":"x"}}}} ]`)
	f.Add(`[{"a/b":1,"a":{"b":2},"a":{}},{"a":{"b":3},"a/b":4}]`)
	f.Add(`[{"a":"\r\n","b":"\r","c":" ","d":"\\.","e":"\ufeff"}]`)
	f.Add(`[{"\u0061":1},{"a":2},{"a":{"\ud800":[[[]]]}}]`)
}

func FuzzCSV(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		names, rows, ok := flatRows(t, text)
		if !ok {
			return
		}
		want := [][]string{}
		if len(names) > 0 {
			want = append(want, asRead(names))
			for _, row := range rows {
				cells := make([]string, len(names))
				for i, name := range names {
					cells[i] = row[name]
				}
				want = append(want, asRead(cells))
			}
		}
		for _, tc := range []struct {
			format    string
			delimiter rune
		}{{"csv", ','}, {"csv", ';'}, {"csv", 'ß'}, {"tsv", '\t'}} {
			got, err := export(t, pagesOf(text), tc.format, Options{BOM: new(bool), Delimiter: tc.delimiter})
			if tooMuch(err, names) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			reader := csv.NewReader(strings.NewReader(got))
			reader.Comma = tc.delimiter
			read, err := reader.ReadAll()
			if err != nil {
				t.Fatalf("%v in %q", err, got)
			}
			if len(read)+len(want) > 0 && !reflect.DeepEqual(read, want) {
				t.Fatalf("%s with %q: read %q, want %q", tc.format, tc.delimiter, read, want)
			}
		}
	})
}

// flatRows is the fuzzed text as a table, if it is one: the names of columns in
// order, and the cells of each item.
func flatRows(t testing.TB, text string) (names []string, rows []map[string]string, ok bool) {
	t.Helper()
	items, ok := objects(t, text)
	if !ok || strings.Contains(text, `"":`) || strings.Contains(text, `"" `) {
		return nil, nil, false // the reference cannot tell an empty key from the top
	}
	for _, item := range items {
		row := map[string]string{}
		flattened(row, "", item)
		if len(row) < scalars(item) {
			_, err := export(t, pagesOf(text), "csv", Options{})
			_, collision := errors.AsType[*flatten.CollisionError](err)
			if _, limit := errors.AsType[*flatten.ColumnLimitError](err); !collision && !limit {
				t.Fatalf("%q has two values for one column: %v", text, err)
			}
			return nil, nil, false
		}
		for name := range row {
			names = append(names, name)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(names, flatten.ComparePaths)
	return slices.Compact(names), rows, true
}

// tooMuch reports whether a format refused columns, rightly.
func tooMuch(err error, names []string) bool {
	_, ok := errors.AsType[*flatten.ColumnLimitError](err)
	return ok && (len(names) > flatten.MaxColumns || slices.ContainsFunc(names, func(name string) bool { return len([]rune(name)) > flatten.MaxNameLength }))
}

// asRead is what encoding/csv makes of line ends in cells.
func asRead(cells []string) []string {
	read := make([]string, len(cells))
	for i, cell := range cells {
		read[i] = strings.ReplaceAll(cell, "\r\n", "\n")
	}
	return read
}

func FuzzJSON(f *testing.F) {
	addCorpus(f)
	f.Add("[1, \"\\n\" ,\n[ ]\r]")
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []string{"json", "jsonl"} {
			got, err := export(t, pagesOf(text), format, Options{})
			if !json.Valid([]byte(text)) || !utf8.ValidString(text) {
				continue // must not panic; not all that is invalid is found
			}
			if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[") {
				if err == nil {
					t.Fatalf("%s takes %q", format, text)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if format == "jsonl" {
				got = "[" + strings.ReplaceAll(strings.TrimSuffix(got, "\n"), "\n", ",") + "]"
			}
			if want := decode(t, []byte(text)); !reflect.DeepEqual(decode(t, []byte(got)), want) {
				t.Fatalf("%s: %q became %q", format, text, got)
			}
		}
	})
}

func FuzzYAML(f *testing.F) {
	addCorpus(f)
	f.Add(`[[[1],[[]]],"<<",{"<<":1,"a":{"b":[{"c":[{}]}]}}]`)
	long := strings.Repeat("<", 1200)
	f.Add(`[{"` + long + `":{"` + long + `":[1],"b":2},"c":{"` + long + `":"` + long + `"}},"` + long + `"]`)
	f.Add("[" + strings.Repeat(`{"`+long+`" :[`, 70) + `1,{"a":"` + long + `"}` + strings.Repeat(`]}`, 70) + "]")
	f.Add("[" + strings.Repeat(`{"k":[`, 100) + `"\ud83d\ude00"` + strings.Repeat(`]}`, 100) + "]")
	f.Fuzz(func(t *testing.T, text string) {
		if !validArray(text) || strings.Count(text, "[")+strings.Count(text, "{") > 5000 {
			return
		}
		got, err := export(t, pagesOf(text), "yaml", Options{})
		if err != nil {
			t.Fatal(err)
		}
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(got), &document); err != nil {
			t.Fatalf("%v in %q", err, got)
		}
		if want, read := decode(t, []byte(text)), fromYAML(t, document.Content[0]); !reflect.DeepEqual(read, want) {
			t.Fatalf("%q became\n%s\nread as %q", text, got, read)
		}
	})
}

func fromYAML(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch {
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, element := range n.Content {
			list = append(list, fromYAML(t, element))
		}
		return list
	case n.Kind == yaml.MappingNode:
		members := object{}
		for i := 0; i < len(n.Content); i += 2 {
			members = append(members, member{n.Content[i].Value, fromYAML(t, n.Content[i+1])})
		}
		return members
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return n.Value
	case n.Tag == "!!str":
		if n.Value[0] == '-' || n.Value[0] >= '0' && n.Value[0] <= '9' {
			return json.Number(n.Value) // too large a float for this reader
		}
		return n.Value
	case n.Tag == "!!null":
		return nil
	case n.Tag == "!!bool":
		return n.Value == "true"
	}
	return json.Number(n.Value)
}

func FuzzID(f *testing.F) {
	addCorpus(f)
	f.Add(`[{"id":"\u0000","key":1},{"key":"k"},{"id":null,"key":-1e5},{"id":"","key":"x"},{"id":"a","id":"b"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		items, ok := objects(t, text)
		if !ok {
			return
		}
		want, possible := "", true
		for _, item := range items {
			id := ""
			for _, name := range []string{"key", "id"} {
				for _, m := range item.(object) {
					if _, nested := m.value.(string); m.name == name && (nested && m.value != "" || reflect.TypeOf(m.value) == reflect.TypeFor[json.Number]()) {
						id = fmt.Sprint(m.value)
					}
				}
			}
			want += id + "\n"
			possible = possible && id != "" && !strings.ContainsAny(id, "\r\n")
		}
		got, err := export(t, pagesOf(text), "id", Options{})
		if possible != (err == nil) || possible && got != want {
			t.Fatalf("%q and %v, want %q (%v)", got, err, want, possible)
		}
	})
}

// Where pages begin changes no byte, in any format.
func FuzzPages(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		var items []json.RawMessage
		if json.Unmarshal([]byte(text), &items) != nil || items == nil {
			return
		}
		var single []string
		for _, item := range items {
			single = append(single, "["+string(item)+"]")
		}
		for _, format := range Formats() {
			for _, o := range []Options{{}, {Truncate: true}, {Fields: []string{"id", "a"}, TwoPass: true}} {
				whole, wholeErr := export(t, pagesOf(text), format.Name, o)
				parts, partsErr := export(t, pagesOf(single...), format.Name, o)
				if (wholeErr == nil) != (partsErr == nil) {
					t.Fatalf("%s: %v as one page, %v as many", format.Name, wholeErr, partsErr)
				}
				if format.Name == "xlsx" && wholeErr == nil { // compressed page by page
					whole, parts = readableParts(t, whole), readableParts(t, parts)
				}
				if wholeErr == nil && whole != parts {
					t.Fatalf("%s: %q as one page, %q as many", format.Name, whole, parts)
				}
			}
		}
	})
}

// No format lets through what a terminal would obey.
func FuzzTerminal(f *testing.F) {
	addCorpus(f)
	f.Add(`[{"id":"\u001b]0;x\u0007\u009b2J\r\u202e"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		for _, format := range Formats() {
			if format.Binary {
				continue
			}
			got, err := export(t, pagesOf(text), format.Name, Options{Terminal: true, Width: 40})
			if err != nil {
				continue
			}
			for _, r := range got {
				if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
					t.Fatalf("%s writes %q in %q", format.Name, r, got)
				}
			}
		}
	})
}
