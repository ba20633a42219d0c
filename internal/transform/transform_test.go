package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func transformed(t testing.TB, query, item string) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	transformation := (&Transformation{
		Fields: split(values.Get("fields")), OutputFields: split(values.Get("outputFields")), Omit: split(values.Get("omit")),
		Unwind: split(values.Get("unwind")), Flatten: split(values.Get("flatten")),
		SkipHidden: flag(values, "skipHidden", "clean"), SkipEmpty: flag(values, "skipEmpty", "clean"),
		SkipFailedPages: flag(values, "skipFailedPages"), Lines: true, MostUnwound: 1 << 16,
	}).Prepare()
	out, count, err := transformation.Append(nil, []byte(item))
	if _, large := errors.AsType[*TooLargeError](err); large {
		return ""
	}
	if err != nil {
		t.Fatalf("%s of %s: %v", query, item, err)
	}
	if lines := bytes.Count(out, []byte{'\n'}); int64(lines) != count {
		t.Errorf("%s of %s: %d lines, counted %d", query, item, lines, count)
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(out), "\n"), "\n", " ")
}

// split reads a list as the API's parameters have it.
func split(names string) []string {
	return slices.DeleteFunc(strings.Split(names, ","), func(name string) bool { return name == "" })
}

func flag(values url.Values, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return values.Get(name) == "1" })
}

func TestTransformations(t *testing.T) {
	for _, c := range []struct{ query, item, want string }{
		{"fields=b,a", `{"a":1.0,"b":2,"c":3}`, `{"b":2,"a":1.0}`},
		{"fields=a", `{"a":1,"a":2}`, `{"a":1,"a":2}`},
		{"fields=é", `{"\u00e9":1}`, `{"\u00e9":1}`},
		{"fields=x", `{"a":1}`, `{}`},
		{"fields=a.c,d,a.b", `{"a":{"b":1,"c":2,"x":3},"d":4}`, `{"a":{"c":2,"b":1},"d":4}`},
		{"fields=a.b,a", `{"a":{"b":1,"c":2}}`, `{"a":{"b":1,"c":2}}`},
		{"fields=a.b", `{"a.b":1,"a":{"b":2}}`, `{"a.b":1}`},
		{"fields=a.b", `{"a":[{"b":1}]}`, `{}`},
		{"fields=a.b.c", `{"a":{"b":{"c":1,"d":2}}}`, `{"a":{"b":{"c":1}}}`},
		{"fields=a,b&outputFields=x,y", `{"b":2,"a":1}`, `{"x":1,"y":2}`},
		{"fields=a.b,a.c&outputFields=x,y%22", `{"a":{"b":1,"c":2}}`, `{"x":1,"y\"":2}`},
		{"omit=a", `{"a":1,"b":2,"a":3}`, `{"b":2}`},
		{"omit=a.b", `{"a":{"b":1,"c":2},"a.b":3}`, `{"a":{"c":2}}`},
		{"omit=a.b", `{"a":[{"b":1}]}`, `{"a":[{"b":1}]}`},
		{"fields=a,b&omit=a", `{"a":1,"b":2}`, `{"b":2}`},
		{"fields=a,b&outputFields=x,y&omit=a", `{"a":1,"b":2}`, `{"y":2}`},
		{"skipHidden=1", `{"#a":1,"\u0023b":2,"c":{"#d":3}}`, `{"c":{"#d":3}}`},
		{"skipHidden=1", `{"#a":1}`, `{}`},
		{"clean=1", `{"#a":1}`, ``},
		{"skipEmpty=1", `{}`, ``},
		{"skipEmpty=1", `{"a":null}`, `{"a":null}`},
		{"fields=a&skipEmpty=1", `{"b":1}`, ``},
		{"skipEmpty=1", `[]`, ``},
		{"fields=a", `7`, `7`},
		{"skipFailedPages=1", `{"errorInfo":null}`, ``},
		{"skipFailedPages=1", `{"a":1}`, `{"a":1}`},
		{"flatten=a", `{"a":{"b":1,"c":{"d":[{"e":2}]},"f":{}},"g":{"h":3}}`, `{"a.b":1,"a.c.d":[{"e":2}],"a.f":{},"g":{"h":3}}`},
		{"flatten=a", `{"a.b":0,"a":{"b":1}}`, `{"a.b":1}`},
		{"flatten=a&fields=a.b", `{"a":{"b":1,"c":2}}`, `{"a.b":1}`},
		{"flatten=a&omit=a.b", `{"a":{"b":1,"c":2}}`, `{"a.c":2}`},
		{"unwind=a", `{"x":1,"a":[{"b":1},{"b":2,"x":3}]}`, `{"x":1,"b":1} {"x":3,"b":2}`},
		{"unwind=a", `{"x":1,"a":{"b":1}}`, `{"x":1,"b":1}`},
		{"unwind=a", `{"x":1,"a":7}`, `{"x":1,"a":7}`},
		{"unwind=a", `{"x":1}`, `{"x":1}`},
		{"unwind=a", `{"x":1,"a":[]}`, ``},
		{"unwind=a", `{"a":[7,"s"],"x":1}`, `{"a":7,"x":1} {"a":"s","x":1}`},
		{"unwind=a,b", `{"a":[{"c":1},{"c":2}],"b":[{"d":3},{"d":4}]}`, `{"c":1,"d":3} {"c":1,"d":4} {"c":2,"d":3} {"c":2,"d":4}`},
		{"unwind=a&fields=b", `{"x":1,"a":[{"b":1},{"c":2}]}`, `{"b":1} {}`},
	} {
		if got := transformed(t, c.query, c.item); got != c.want {
			t.Errorf("%s of %s:\ngot  %s\nwant %s", c.query, c.item, got, c.want)
		}
	}
}

// FuzzTransform checks that what comes out is JSON whenever what went in was,
// and that fields and omit do what a slow implementation on maps does.
func FuzzTransform(f *testing.F) {
	f.Add(`{"a":{"b":[1,{"c":2}]},"d":"\u00e9","#h":null}`, "a.b,d", "a.b.c", "a", "d")
	f.Add(`{"a":[{"b":1},7],"a.b":{},"":{"":1}}`, "a.b,.", "d", "a", "a.b")
	f.Add(`{"a":{"a":{"a":{}}}}`, "a.a,a.b", "a.a.a", "b", "a")
	f.Fuzz(func(t *testing.T, item, fields, omit, unwind, flatten string) {
		if len(item) > 1000 || len(fields)+len(omit)+len(unwind) > 200 {
			return // the slow one would take for ever
		}
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(item)) != nil || !isObject(compact.Bytes()) {
			return
		}
		item = strings.ToValidUTF8(compact.String(), "\uFFFD")
		everything := url.Values{"fields": {fields}, "omit": {omit}, "unwind": {unwind}, "flatten": {flatten}, "clean": {"1"}}
		decoder := json.NewDecoder(strings.NewReader(transformed(t, everything.Encode(), item)))
		for decoder.More() {
			var value any
			if err := decoder.Decode(&value); err != nil {
				t.Fatalf("%v for %s", err, item)
			}
		}
		if hasRepeatedKeys(json.NewDecoder(strings.NewReader(item))) {
			return
		}
		fields, omit = strings.ToValidUTF8(fields, ""), strings.ToValidUTF8(omit, "")
		got := transformed(t, url.Values{"fields": {fields}, "omit": {omit}}.Encode(), item)
		if want := slowly(t, item, split(fields), split(omit)); !reflect.DeepEqual(decoded(t, got), want) {
			t.Errorf("fields %q, omit %q of %s: got %s, want %v", fields, omit, item, got, want)
		}
	})
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func slowly(t *testing.T, item string, fields, omit []string) any {
	t.Helper()
	object, _ := decoded(t, item).(map[string]any)
	for _, name := range omit {
		delete(object, name)
	}
	for _, name := range omit {
		slowlyOmit(object, strings.Split(name, "."))
	}
	if len(fields) == 0 {
		return object
	}
	picked := map[string]any{}
	for _, name := range fields {
		if value, ok := object[name]; ok {
			picked[name] = value
		}
	}
	for _, name := range fields {
		if _, ok := object[name]; ok {
			continue
		}
		root, _, _ := strings.Cut(name, ".")
		if _, whole := picked[root]; whole && contains(fields, root) {
			continue
		}
		// Paths with the same root are picked together.
		for _, other := range fields {
			if first, _, dotted := strings.Cut(other, "."); dotted && first == root {
				slowlyPick(object, picked, strings.Split(other, "."))
			}
		}
	}
	return picked
}

func contains(names []string, name string) bool {
	for _, each := range names {
		if each == name {
			return true
		}
	}
	return false
}

func slowlyOmit(object map[string]any, path []string) {
	if len(path) == 1 {
		delete(object, path[0])
	} else if inner, ok := object[path[0]].(map[string]any); ok {
		slowlyOmit(inner, path[1:])
	}
}

func slowlyPick(from, into map[string]any, path []string) {
	value, ok := at(from, path)
	if !ok {
		return
	}
	for _, segment := range path[:len(path)-1] {
		next, ok := into[segment].(map[string]any)
		if !ok {
			next = map[string]any{}
			into[segment] = next
		}
		into = next
	}
	into[path[len(path)-1]] = value
}

func at(value any, path []string) (any, bool) {
	for _, segment := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = object[segment]; !ok {
			return nil, false
		}
	}
	return value, true
}

func hasRepeatedKeys(decoder *json.Decoder) bool {
	token, err := decoder.Token()
	if err != nil {
		return false
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return false
	}
	seen := map[any]bool{}
	for decoder.More() {
		if delim == '{' {
			key, err := decoder.Token()
			if err != nil || seen[key] {
				return true
			}
			seen[key] = true
		}
		if hasRepeatedKeys(decoder) {
			return true
		}
	}
	_, err = decoder.Token()
	return err != nil
}
