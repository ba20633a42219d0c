package jsonschema

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestErrors expects all errors, in AJV's words.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, schema, item string
		want               []string
	}{
		{"several at once", `{"required":["a","b"],"properties":{"c":{"type":["string","null"]},"d":{"maximum":3}}}`, `{"c":1,"d":4}`, []string{
			"/0/c /items/properties/c/type type: must be null,string map[type:null,string]",
			"/0/d /items/properties/d/maximum maximum: must be <= 3 map[comparison:<= limit:3]",
			"/0 /items/required required: must have required property 'a' map[missingProperty:a]",
			"/0 /items/required required: must have required property 'b' map[missingProperty:b]",
		}},
		{"in definitions", `{"definitions":{"a/b":{"minLength":2}},"items":{"$ref":"#/definitions/a~1b"}}`, `["xx","é"]`, []string{
			"/0/1 /items/definitions/a~1b/minLength minLength: must NOT have fewer than 2 characters map[limit:2]",
		}},
		{"odd names", `{"additionalProperties":{"const":1}}`, `{"a/b~c":2}`, []string{
			"/0/a~1b~0c /items/additionalProperties/const const: must be equal to constant map[allowedValue:1]",
		}},
		{"no branch", `{"anyOf":[{"type":"string"},{"minimum":5}]}`, `4`, []string{
			"/0 /items/anyOf/0/type type: must be string map[type:string]",
			"/0 /items/anyOf/1/minimum minimum: must be >= 5 map[comparison:>= limit:5]",
			"/0 /items/anyOf anyOf: must match a schema in anyOf map[]",
		}},
		{"two branches", `{"oneOf":[{"type":"integer"},{"minimum":2},{"type":"string"}]}`, `3`, []string{
			"/0 /items/oneOf oneOf: must match exactly one schema in oneOf map[passingSchemas:[0 1]]",
		}},
		{"then", `{"if":{"required":["a"]},"then":{"required":["b"]}}`, `{"a":1}`, []string{
			"/0 /items/then/required required: must have required property 'b' map[missingProperty:b]",
			"/0 /items/if if: must match \"then\" schema map[failingKeyword:then]",
		}},
		{"dependencies", `{"dependencies":{"a":["b","c"]}}`, `{"a":1,"b":1}`, []string{
			"/0 /items/dependencies dependencies: must have properties b, c when property a is present map[deps:b, c depsCount:2 missingProperty:c property:a]",
		}},
		{"nullable", `{"properties":{"a":{"type":"string","nullable":true}}}`, `{"a":null}`, nil},
		{"never", `{"properties":{"a":false}}`, `{"a":null}`, []string{
			"/0/a /items/properties/a/false schema false schema: boolean schema is false map[]",
		}},
		{"twice", `{"uniqueItems":true}`, `[{"a":1,"b":2},3,{"b":2.0,"a":1}]`, []string{
			"/0 /items/uniqueItems uniqueItems: must NOT have duplicate items (items ## 0 and 2 are identical) map[i:2 j:0]",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			schema, err := Compile([]byte(c.schema))
			if err != nil {
				t.Fatal(err)
			}
			found, err := schema.Check(0, []byte(c.item))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range found {
				got = append(got, fmt.Sprint(e.InstancePath, " ", e.SchemaPath, " ", e.Keyword, ": ", e.Message, " ", e.Params))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAddresses has the formats that the reference takes more for than RFC 3986,
// RFC 3987 and RFC 6570 have.
func TestAddresses(t *testing.T) {
	for format, fit := range map[string][2][]string{
		"uri":           {{"https://example.com/a?b=c#d", "mailto:joe@example.com", "urn:a:b"}, {"https://example.com/with space", "https://example.com/ü", "/path", "http://x/{id}", ""}},
		"uri-reference": {{"https://example.com", "//example.com/x", "/path", "a?b", "", "#x"}, {"ü", "a b", "\\"}},
		"iri":           {{"https://example.com/ü"}, {"/ü", "https://example.com/with space"}},
		"iri-reference": {{"https://example.com/ü", "/ü"}, {"a b"}},
		"uri-template":  {{"http://x/{id}", "/{a,b}/{?c*}", "plain"}, {"http://x/{id", "a b", "{}"}},
	} {
		t.Run(format, func(t *testing.T) {
			fits := formatOf(format)
			for i, want := range []bool{true, false} {
				for _, text := range fit[i] {
					if fits(text) != want {
						t.Errorf("%q fits: %v", text, !want)
					}
				}
			}
		})
	}
}

func TestInvalidSchemas(t *testing.T) {
	for _, schema := range []string{
		`7`, `{`, `{} {}`, `{"type":"nonsense"}`, `{"type":[]}`, `{"type":7}`, `{"enum":[]}`, `{"pattern":"("}`, `{"minLength":-1}`, `{"minLength":1.5}`,
		`{"multipleOf":0}`, `{"maximum":"3"}`, `{"items":3}`, `{"properties":[]}`, `{"properties":{"a":3}}`, `{"required":"a"}`, `{"anyOf":[]}`,
		`{"$ref":"#/none"}`, `{"$ref":"#none"}`, `{"$ref":"file:///etc/passwd"}`, `{"$ref":"other.json"}`, `{"$ref":"#"}`, `{"uniqueItems":1}`,
		`{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"not":{"$ref":"#"}}}}`, `{"definitions":{"a":3}}`, `{"format":3}`,
		`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`, `{"patternProperties":{"(":{}}}`, `{"dependencies":[]}`, `{"dependencies":{"a":[3]}}`,
	} {
		if _, err := Compile([]byte(schema)); err == nil {
			t.Errorf("%s is accepted", schema)
		}
	}
}

// TestAgainstReference expects what another implementation of draft-07 finds of
// each item under each schema.
func TestAgainstReference(t *testing.T) {
	schemas := strings.Split(strings.TrimSpace(referenceSchemas), "\n")
	items := strings.Split(strings.TrimSpace(referenceItems), "\n")
	for _, text := range schemas {
		t.Run(text, func(t *testing.T) {
			schema, err := Compile([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			reference := reference(t, text)
			for _, item := range items {
				value, err := jsonschema.UnmarshalJSON(strings.NewReader(item))
				if err != nil {
					t.Fatal(err)
				}
				found, err := schema.Check(0, []byte(item))
				if err != nil {
					t.Fatal(err)
				}
				if want := reference.Validate(value); (want == nil) != (len(found) == 0) {
					t.Errorf("%s: found %v, the reference %v", item, found, want)
				}
			}
		})
	}
}

func reference(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7)
	compiler.AssertFormat()
	if err := compiler.AddResource("schema:fields", value); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema:fields")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

const referenceSchemas = `
true
false
{}
{"type":"integer"}
{"type":["number","string"]}
{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"minimum":0}},"additionalProperties":false}
{"properties":{"a":true,"b":false}}
{"patternProperties":{"^a":{"type":"string"},"b$":{"type":"number"}},"additionalProperties":{"type":"null"}}
{"enum":[1,"a",null,{"a":1},[1,2]]}
{"const":1}
{"const":{"a":[1]}}
{"multipleOf":2}
{"maximum":2}
{"minimum":2}
{"exclusiveMaximum":2}
{"exclusiveMinimum":2}
{"minLength":2,"maxLength":3}
{"pattern":"^[a-c]+$"}
{"items":{"type":"integer"},"minItems":1,"maxItems":3}
{"items":[{"type":"integer"},{"type":"string"}],"additionalItems":{"type":"null"}}
{"items":[{"type":"integer"}],"additionalItems":false}
{"additionalItems":false}
{"uniqueItems":true}
{"contains":{"type":"string"}}
{"minProperties":1,"maxProperties":2}
{"propertyNames":{"maxLength":1}}
{"dependencies":{"a":["b"],"c":{"required":["d"]}}}
{"allOf":[{"type":"number"},{"minimum":2}]}
{"anyOf":[{"type":"number"},{"minLength":2}]}
{"oneOf":[{"type":"integer"},{"minimum":2}]}
{"not":{"type":["object","array"]}}
{"if":{"type":"number"},"then":{"minimum":2},"else":{"type":"string"}}
{"then":{"minimum":2}}
{"definitions":{"tree":{"type":"object","properties":{"a":{"$ref":"#/definitions/tree"}}}},"$ref":"#/definitions/tree","type":"string"}
{"$id":"http://example.com/root.json","properties":{"a":{"$ref":"word"},"b":{"$ref":"#/properties/a"},"c":{"$ref":"#here"}},"definitions":{"w":{"$id":"word","type":"string"},"h":{"$id":"#here","type":"integer"}}}
{"items":{"$ref":"#"},"type":["array","integer"]}
{"format":"date-time"}
{"format":"date"}
{"format":"time"}
{"format":"email"}
{"format":"hostname"}
{"format":"ipv4"}
{"format":"ipv6"}
{"format":"uuid"}
{"format":"duration"}
{"format":"json-pointer"}
{"format":"relative-json-pointer"}
{"format":"regex"}
{"format":"unknown"}
{"unknown":{"type":"nonsense"}}
`

const referenceItems = `
null
true
0
1
1.0
2
2.5
-4
1e2
""
"a"
"ab"
"abcd"
"𝄞é"
[]
[1]
[1,"a"]
[1,"a",null]
[1,"a",2]
[1,1.0]
[1,2]
["a",["a"],["a"]]
{}
{"a":"x"}
{"a":1}
{"a":[1]}
{"a":{"a":{"a":1}}}
{"a":{"a":{}}}
{"b":-1}
{"a":"x","b":2}
{"a":"x","b":"x","c":1}
{"c":1,"d":2}
{"c":"x"}
{"ab":"x"}
{"ab":null,"x":null}
{"long name":1}
[[1,[2]],3]
[[1,["x"]],3]
"2024-02-29T23:59:60Z"
"2024-02-29T10:00:00.123+02:00"
"2023-02-29T10:00:00Z"
"2024-02-29t10:00:00z"
"2024-02-29 10:00:00Z"
"2024-02-29"
"2024-2-9"
"10:00:00Z"
"10:00:00"
"25:00:00Z"
"joe@example.com"
"joe"
"joe@"
"example.com"
"-bad-.com"
"under_score"
"127.0.0.1"
"256.0.0.1"
"::1"
"fe80::1%eth0"
"https://example.com/a?b=c#d"
"https://example.com/with space"
"https://example.com/ü"
"//example.com/x"
"/path"
"123e4567-e89b-12d3-a456-426614174000"
"123e4567e89b12d3a456426614174000"
"P1Y2M3DT4H5M6S"
"P1D"
"P"
"PT"
"1D"
"/a/b~0c"
"/a~2"
"0/a"
"1#"
"[a-z]+"
"(["
"http://x/{id}"
"http://x/{id"
`

func FuzzSchema(f *testing.F) {
	for text := range strings.Lines(referenceSchemas) {
		f.Add([]byte(strings.TrimSpace(text)), []byte(`{"a":[1,"x",{}]}`))
	}
	f.Fuzz(func(t *testing.T, text, item []byte) {
		schema, err := Compile(text)
		if err != nil {
			return
		}
		found, err := schema.Check(3, item)
		if err != nil {
			return
		}
		for _, e := range found {
			if !strings.HasPrefix(e.InstancePath, "/3") || !strings.HasPrefix(e.SchemaPath, "/items") || e.Message == "" {
				t.Errorf("%+v", e)
			}
		}
	})
}
