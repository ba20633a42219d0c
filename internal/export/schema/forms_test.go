package schema

import (
	"encoding/json"
	"strings"
	"testing"
)

const allTypes = `[{"b":true,"i":1,"big":12345678901234567890,"huge":123456789012345678901234567890123,"d":1.5,"t":"2024-05-17T12:34:56.789Z","day":"2024-05-17","s":"x","j":{},"g":{"Id":1,"id":"a\"b"},"l":[[{"x":1}]],"tags":["a"]}]`

func TestForms(t *testing.T) {
	resolved, err := seen(t, allTypes).Resolve(Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"json-schema": `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{` +
			`"b":{"type":["boolean","null"]},"i":{"type":["integer","null"]},"big":{"type":["integer","null"],"x-parquet":"DECIMAL(20,0)"},"huge":{"type":["integer","null"],"x-parquet":"DECIMAL(33,0)"},` +
			`"d":{"type":["number","null"]},"t":{"type":["string","null"],"format":"date-time","x-parquet":"TIMESTAMP"},"day":{"type":["string","null"],"format":"date","x-parquet":"DATE"},"s":{"type":["string","null"]},` +
			`"j":{"x-parquet":"JSON"},"g":{"type":["object","null"],"properties":{"Id":{"type":["integer","null"]},"id":{"type":["string","null"]}}},` +
			`"l":{"type":["array","null"],"items":{"type":["array","null"],"items":{"type":["object","null"],"properties":{"x":{"type":["integer","null"]}}}}},"tags":{"type":["array","null"],"items":{"type":["string","null"]}}}}`,
		"apify": `{"actorSpecification":1,"fields":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{` +
			`"b":{"type":["boolean","null"]},"i":{"type":["integer","null"]},"big":{"type":["integer","null"]},"huge":{"type":["integer","null"]},` +
			`"d":{"type":["number","null"]},"t":{"type":["string","null"],"format":"date-time"},"day":{"type":["string","null"],"format":"date"},"s":{"type":["string","null"]},` +
			`"j":{},"g":{"type":["object","null"],"properties":{"Id":{"type":["integer","null"]},"id":{"type":["string","null"]}}},` +
			`"l":{"type":["array","null"],"items":{"type":["array","null"],"items":{"type":["object","null"],"properties":{"x":{"type":["integer","null"]}}}}},"tags":{"type":["array","null"],"items":{"type":["string","null"]}}}},"views":{}}`,
		"bigquery": `[{"name":"b","type":"BOOLEAN","mode":"NULLABLE"},{"name":"i","type":"INTEGER","mode":"NULLABLE"},{"name":"big","type":"NUMERIC","mode":"NULLABLE"},{"name":"huge","type":"BIGNUMERIC","mode":"NULLABLE"},` +
			`{"name":"d","type":"FLOAT","mode":"NULLABLE"},{"name":"t","type":"TIMESTAMP","mode":"NULLABLE"},{"name":"day","type":"DATE","mode":"NULLABLE"},{"name":"s","type":"STRING","mode":"NULLABLE"},` +
			`{"name":"j","type":"STRING","mode":"NULLABLE","description":"JSON text"},{"name":"g","type":"RECORD","mode":"NULLABLE","fields":[{"name":"Id","type":"INTEGER","mode":"NULLABLE"},{"name":"id_1","type":"STRING","mode":"NULLABLE"}]},` +
			`{"name":"l","type":"RECORD","mode":"REPEATED","fields":[{"name":"element","type":"RECORD","mode":"REPEATED","fields":[{"name":"x","type":"INTEGER","mode":"NULLABLE"}]}]},{"name":"tags","type":"STRING","mode":"REPEATED"}]`,
		"duckdb": `CREATE TABLE "it""s" ("b" BOOLEAN, "i" BIGINT, "big" DECIMAL(20,0), "huge" DECIMAL(33,0), "d" DOUBLE, "t" TIMESTAMPTZ, "day" DATE, "s" VARCHAR, "j" JSON, "g" STRUCT("Id" BIGINT, "id_1" VARCHAR), "l" STRUCT("x" BIGINT)[][], "tags" VARCHAR[]);`,
		"spark": `{"type":"struct","fields":[{"name":"b","type":"boolean","nullable":true,"metadata":{}},{"name":"i","type":"long","nullable":true,"metadata":{}},{"name":"big","type":"decimal(20,0)","nullable":true,"metadata":{}},{"name":"huge","type":"decimal(33,0)","nullable":true,"metadata":{}},` +
			`{"name":"d","type":"double","nullable":true,"metadata":{}},{"name":"t","type":"timestamp","nullable":true,"metadata":{}},{"name":"day","type":"date","nullable":true,"metadata":{}},{"name":"s","type":"string","nullable":true,"metadata":{}},{"name":"j","type":"string","nullable":true,"metadata":{}},` +
			`{"name":"g","type":{"type":"struct","fields":[{"name":"Id","type":"long","nullable":true,"metadata":{}},{"name":"id_1","type":"string","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}},` +
			`{"name":"l","type":{"type":"array","elementType":{"type":"array","elementType":{"type":"struct","fields":[{"name":"x","type":"long","nullable":true,"metadata":{}}]},"containsNull":true},"containsNull":true},"nullable":true,"metadata":{}},` +
			`{"name":"tags","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}}]}`,
	}
	for _, form := range Forms() {
		t.Run(form.Name, func(t *testing.T) {
			got := string(form.Write(resolved.Type, `it"s`))
			if form.Name == "duckdb" {
				got = strings.NewReplacer("(\n  ", "(", ",\n  ", ", ", "\n", "").Replace(got)
			} else {
				var value json.RawMessage
				if err := json.Unmarshal([]byte(got), &value); err != nil {
					t.Fatal(err)
				}
				got = compacted(t, got)
			}
			if got != want[form.Name] {
				t.Errorf("got  %s\nwant %s", got, want[form.Name])
			}
		})
	}
	for _, name := range []string{"json-schema", "apify"} {
		parsed, err := Parse([]byte(want[name]))
		if err != nil {
			t.Fatal(err)
		}
		if name == "json-schema" && text(parsed) != text(resolved.Type) {
			t.Errorf("%s: read back as %s, want %s", name, text(parsed), text(resolved.Type))
		}
	}
}

func compacted(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	for _, line := range strings.Split(text, "\n") {
		out.WriteString(strings.Replace(strings.TrimLeft(line, " "), `": `, `":`, 1))
	}
	return out.String()
}

func TestParse(t *testing.T) {
	for text0, want := range map[string]string{
		`{"properties":{"a":{"type":"string"}}}`:                                        "{a STRING}",
		`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"array"}}}`:  "{a INT64, b JSON}",
		`{"properties":{"a":{"type":["integer","number","null"]},"b":true,"c":{}}}`:     "{a DOUBLE, b JSON, c JSON}",
		`{"properties":{"a":{"type":["string","integer"]},"b":{"anyOf":[]}}}`:           "{a JSON, b JSON}",
		`{"properties":{"a":{"type":"object","properties":{}},"A":{"type":"boolean"}}}`: "{a JSON, A=A_1 BOOLEAN}",
		`{"fields":{"properties":{"a":{"type":"array","items":{"type":"number"}}}}}`:    "{a [DOUBLE]}",
		`{"properties":{"a":{"x-parquet":"DECIMAL(5,0)"}}}`:                             "{a DECIMAL(19,0)}",
		`{"properties":{"a":{"properties":{"b":{"type":"string"}}}}}`:                   "{a {b STRING}}",
	} {
		got, err := Parse([]byte(text0))
		if err != nil || text(got) != want {
			t.Errorf("%s: %v, got %v, want %s", text0, err, got, want)
		}
	}
	for _, text := range []string{"", "x", "[]", "{}", `{"properties":{}}`, `{"properties":{"a":{"x-parquet":"INT96"}}}`, `{"properties":{"a":{},"a":{}}}`, `{"type":"array"}`, `null`} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

func TestCheck(t *testing.T) {
	schema := `{"properties":{"b":{"type":"boolean"},"i":{"type":"integer"},"big":{"x-parquet":"DECIMAL(20,0)"},"d":{"type":"number"},"t":{"x-parquet":"TIMESTAMP"},"s":{"type":"string"},"j":{},"g":{"properties":{"x":{"type":"integer"}}},"l":{"type":"array","items":{"type":"string"}}}}`
	against, err := Parse([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{
		`[{}]`: "",
		`[{"b":true,"i":1,"big":1,"d":1,"t":"2024-05-17T12:34:56.789Z","s":"2024-05-17","j":[1],"g":{"x":1},"l":["a",null]}]`: "",
		`[{"b":null,"g":null,"l":null,"j":null}]`: "",
		`[{"b":1}]`:                       "b an integer",
		`[{"i":1.5}]`:                     "i a number with a fraction",
		`[{"i":12345678901234567890}]`:    "i an integer beyond 64 bits",
		`[{"big":123456789012345678901}]`: "big an integer beyond 64 bits",
		`[{"d":9007199254740993}]`:        "d an integer",
		`[{"d":-0}]`:                      "d a number that no double gives back",
		`[{"t":"2024-05-17"}]`:            "t a date",
		`[{"s":1}]`:                       "s an integer",
		`[{"g":{"x":"y"}}]`:               "g/x a string",
		`[{"g":[]}]`:                      "g an array",
		`[{"l":["a",{}]}]`:                "l[] an object",
		`[{"b":1,"l":"x"}]`:               "b an integer, l a string",
		`[{"new":1,"g":{"y":1}}]`:         "new: new, g/y",
	} {
		misfits, unknown := against.Check(block(t, page))
		var parts []string
		for _, misfit := range misfits {
			parts = append(parts, misfit.Field+" "+misfit.Got)
		}
		got := strings.Join(parts, ", ")
		if len(unknown) > 0 {
			got += "new: " + strings.Join(unknown, ", ")
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", page, got, want)
		}
	}
}
