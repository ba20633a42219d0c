package schema

import (
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	rules, err := ParseRules([]byte(`{"type":"object","required":["a/b"],"additionalProperties":false,"properties":{
		"a/b":{"type":["string","null"]},"n":{"type":"integer","minimum":0},"e":{"enum":["x",1,null]},
		"list":{"type":"array","items":{"type":"object","properties":{"7":{"type":"boolean"}},"required":["7"]},"maxItems":2}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ item, want string }{
		{`{"a/b":null,"n":1,"e":null}`, ""},
		{`{}`, "a/b: missing, must have required property 'a/b'"},
		{`{"a/b":1}`, "a/b: a number 1, must be null,string"},
		{`{"a/b":"","n":-1}`, "n: a number -1, must be >= 0"},
		{`{"a/b":"","n":null}`, "n: null null, must be integer"},
		{`{"a/b":"","e":{}}`, `e: an object {}, must be one of "x", 1, null`},
		{`{"a/b":"","list":[{"7":true},{}]}`, "list[]/7: missing, must have required property '7'"},
		{`{"a/b":"","list":[{"7":true},{"7":[]}]}`, "list[]/7: an array [], must be boolean"},
		{`{"a/b":"","other":1}`, `: an object {"a/b":"","other":1}, must NOT have additional properties`},
	} {
		item, want := c.item, c.want
		misfits, err := rules.Check([]byte(item), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range misfits {
			got = append(got, m.Field+": "+strings.TrimSpace(m.Got+" "+m.Value)+", "+m.Want)
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s:\n got %s\nwant %s", item, text, want)
		}
	}
}

func TestTypesAreToldOnce(t *testing.T) {
	rules, err := ParseRules([]byte(`{"properties":{"n":{"type":"integer"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	known := []*Misfit{{Field: "n", Want: "INT64", Got: "a string"}}
	if misfits, err := rules.Check([]byte(`{"n":"x"}`), known); err != nil || len(misfits) != 1 {
		t.Errorf("%d misfits, %v", len(misfits), err)
	}
}

func TestSchemasThatAreNone(t *testing.T) {
	for _, text := range []string{`[]`, `{"type":5}`, `{"fields":{"properties":7}}`, `x`, `{"fields":3}`} {
		if _, err := ParseRules([]byte(text)); err == nil {
			t.Errorf("no error for %s", text)
		}
	}
}
