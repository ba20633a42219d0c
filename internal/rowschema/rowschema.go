// Package rowschema describes rows of JSON by a JSON schema, made of the Go types
// that they are written from.
package rowschema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// Dialect is the version of JSON Schema.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON schema, with what rows need of it.
type Schema struct {
	Dialect     string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        any        `json:"type,omitempty"` // a name, or several
	Format      string     `json:"format,omitempty"`
	Properties  Properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Values      *Schema    `json:"additionalProperties,omitempty"` // of a map
	Items       *Schema    `json:"items,omitempty"`
	AnyOf       []*Schema  `json:"anyOf,omitempty"`
}

// Properties are the members of an object, in the order in which they are printed.
type Properties []Property

// Property is a member and what it may be.
type Property struct {
	Name   string
	Schema *Schema
}

// MarshalJSON writes an object.
func (p Properties) MarshalJSON() ([]byte, error) {
	text := bytes.NewBufferString("{")
	for i, each := range p {
		name, err := json.Marshal(each.Name)
		if err != nil {
			return nil, err
		}
		schema, err := json.Marshal(each.Schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(name)
		text.WriteByte(':')
		text.Write(schema)
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// AnyObject stands for rows that are what users stored: items, records.
type AnyObject struct{}

// Either stands for rows that flags or arguments decide about: each is like one of
// these.
type Either []any

// FromAPI stands for objects that are printed as the API gives them. It has the
// type that they are read into: there may be more members, the API leaves some out
// in lists, and says null where it knows nothing.
type FromAPI struct {
	Type any
	ID   string // the member that is always there
}

// Of is the schema of rows that are written from values like this one.
func Of(row any) *Schema {
	switch row := row.(type) {
	case AnyObject:
		return &Schema{}
	case Either:
		schema := &Schema{}
		for _, each := range row {
			schema.AnyOf = append(schema.AnyOf, Of(each))
		}
		return schema
	case FromAPI:
		schema := of(reflect.TypeOf(row.Type))
		loosen(schema)
		schema.Type, schema.Required = "object", []string{row.ID}
		return schema
	}
	return of(reflect.TypeOf(row))
}

// loosen lets every member be missing or null.
func loosen(schema *Schema) {
	schema.Required = nil
	if name, ok := schema.Type.(string); ok {
		schema.Type = []string{name, "null"}
	}
	for _, each := range schema.Properties {
		loosen(each.Schema)
	}
	if schema.Items != nil {
		loosen(schema.Items)
	}
}

func of(t reflect.Type) *Schema {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &Schema{Type: "string", Format: "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return &Schema{}
	}
	switch t.Kind() {
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.String:
		return &Schema{Type: "string"}
	case reflect.Float32, reflect.Float64:
		return &Schema{Type: "number"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &Schema{Type: "integer"}
	case reflect.Pointer:
		return nullable(of(t.Elem()))
	case reflect.Slice, reflect.Array:
		return nullable(&Schema{Type: "array", Items: of(t.Elem())})
	case reflect.Map:
		return nullable(&Schema{Type: "object", Values: of(t.Elem())})
	case reflect.Struct:
		schema := &Schema{Type: "object"}
		members(schema, t)
		return schema
	}
	return &Schema{} // anything
}

// nullable is for what is null where it is nil in Go.
func nullable(schema *Schema) *Schema {
	if name, ok := schema.Type.(string); ok {
		schema.Type = []string{name, "null"}
	}
	return schema
}

func members(schema *Schema, t reflect.Type) {
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			members(schema, field.Type)
			continue
		case name == "-", !field.IsExported(), field.Type == reflect.TypeFor[secret.Text](): // which is not printed
			continue
		case name == "":
			name = field.Name
		}
		member := of(field.Type)
		if strings.Contains(options, "omitempty") {
			if kind := field.Type.Kind(); kind == reflect.Pointer || kind == reflect.Slice || kind == reflect.Map {
				member = ofGiven(field.Type)
			}
		} else {
			schema.Required = append(schema.Required, name)
		}
		schema.Properties = append(schema.Properties, Property{name, member})
	}
}

// ofGiven is of a type whose nil is left out, rather than written as null.
func ofGiven(t reflect.Type) *Schema {
	schema := of(t)
	if names, ok := schema.Type.([]string); ok {
		schema.Type = names[0]
	}
	return schema
}
