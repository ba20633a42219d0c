package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Form is a language that a schema can be said in.
type Form struct {
	Name  string
	write func(t *Type, name string) []byte
}

// Forms are all of them.
func Forms() []Form {
	return []Form{
		{"json-schema", func(t *Type, _ string) []byte { return indented(t.JSONSchema()) }},
		{"apify", func(t *Type, _ string) []byte { return indented(t.apify()) }},
		{"bigquery", func(t *Type, _ string) []byte { return indented(t.bigQueryFields(nil)) }},
		{"duckdb", func(t *Type, name string) []byte { return t.duckDB(name) }},
		{"spark", func(t *Type, _ string) []byte { return indented(t.spark(nil)) }},
	}
}

// Write says a type in the form; name is the table's, where the form has one.
func (f Form) Write(t *Type, name string) []byte { return f.write(t, name) }

func indented(text []byte) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return text
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// apify is a dataset schema as an Actor's definition has it. JSON Schema's other
// keywords are left out: the platform refuses those it does not know.
func (t *Type) apify() []byte {
	dst := []byte(`{"actorSpecification":1,"fields":{"$schema":"http://json-schema.org/draft-07/schema#",`)
	return append(t.appendSchema(dst, false, false), `},"views":{}}`...)
}

func (t *Type) bigQueryFields(dst []byte) []byte {
	dst = append(dst, '[')
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.Type.bigQuery(dst, f.Name)
	}
	return append(dst, ']')
}

// bigQuery is a field. BigQuery has no arrays of arrays: those are records with
// one field.
func (t *Type) bigQuery(dst []byte, name string) []byte {
	mode, of := "NULLABLE", t
	if t.Kind == List {
		mode, of = "REPEATED", t.Element
	}
	dst = appendText(append(dst, `{"name":`...), name)
	dst = fmt.Appendf(dst, `,"type":"%s","mode":"%s"`, of.bigQueryName(), mode)
	switch of.Kind {
	case JSON:
		dst = append(dst, `,"description":"JSON text"`...)
	case Group:
		dst = of.bigQueryFields(append(dst, `,"fields":`...))
	case List:
		dst = append(of.bigQuery(append(dst, `,"fields":[`...), "element"), ']')
	}
	return append(dst, '}')
}

func (t *Type) bigQueryName() string {
	const numeric = 29 // integer digits of a NUMERIC
	switch t.Kind {
	case Bool:
		return "BOOLEAN"
	case Int:
		return "INTEGER"
	case Decimal:
		if t.Precision > numeric {
			return "BIGNUMERIC"
		}
		return "NUMERIC"
	case Double:
		return "FLOAT"
	case Time:
		return "TIMESTAMP"
	case Date:
		return "DATE"
	case Group, List:
		return "RECORD"
	}
	return "STRING"
}

func (t *Type) duckDB(name string) []byte {
	dst := fmt.Appendf(nil, "CREATE TABLE %s (", quoteSQL(name))
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = fmt.Appendf(dst, "\n  %s %s", quoteSQL(f.Name), f.Type.duckDBName())
	}
	return append(dst, "\n);\n"...)
}

func quoteSQL(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (t *Type) duckDBName() string {
	switch t.Kind {
	case Bool:
		return "BOOLEAN"
	case Int:
		return "BIGINT"
	case Decimal, Double, Date:
		return t.String()
	case Time:
		return "TIMESTAMPTZ"
	case String:
		return "VARCHAR"
	case List:
		return t.Element.duckDBName() + "[]"
	case Group:
		var fields []string
		for _, f := range t.Fields {
			fields = append(fields, quoteSQL(f.Name)+" "+f.Type.duckDBName())
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	}
	return "JSON"
}

// spark is a StructType as its JSON has it.
func (t *Type) spark(dst []byte) []byte {
	switch t.Kind {
	case Group:
		dst = append(dst, `{"type":"struct","fields":[`...)
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(append(dst, `{"name":`...), f.Name)
			dst = f.Type.spark(append(dst, `,"type":`...))
			dst = append(dst, `,"nullable":true,"metadata":{}}`...)
		}
		return append(dst, `]}`...)
	case List:
		dst = t.Element.spark(append(dst, `{"type":"array","elementType":`...))
		return append(dst, `,"containsNull":true}`...)
	case Decimal:
		return fmt.Appendf(dst, `"decimal(%d,0)"`, t.Precision)
	}
	name, ok := map[Kind]string{Bool: "boolean", Int: "long", Double: "double", Time: "timestamp", Date: "date"}[t.Kind]
	if !ok {
		name = "string"
	}
	return fmt.Appendf(dst, `"%s"`, name)
}
