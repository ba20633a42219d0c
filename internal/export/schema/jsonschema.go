package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// JSON Schema has no word for some types; they stand in this keyword.
const exactType = "x-parquet"

// JSONSchema is the type of items as a JSON Schema, which Parse reads.
func (t *Type) JSONSchema() []byte {
	dst := []byte(`{"$schema":"http://json-schema.org/draft-07/schema#",`)
	return append(t.appendSchema(dst, false, true), '}')
}

// appendSchema appends the members of a schema, exact ones with a keyword that
// only Parse knows.
func (t *Type) appendSchema(dst []byte, nullable, exact bool) []byte {
	name := map[Kind]string{Bool: "boolean", Int: "integer", Decimal: "integer", Double: "number", Time: "string", Date: "string", String: "string", Group: "object", List: "array"}[t.Kind]
	switch {
	case name == "" && !exact:
		return dst
	case name == "":
		return fmt.Appendf(dst, `"%s":"%s"`, exactType, t)
	case nullable:
		dst = fmt.Appendf(dst, `"type":["%s","null"]`, name)
	default:
		dst = fmt.Appendf(dst, `"type":"%s"`, name)
	}
	switch t.Kind {
	case Time:
		dst = append(dst, `,"format":"date-time"`...)
	case Date:
		dst = append(dst, `,"format":"date"`...)
	}
	switch t.Kind {
	case Decimal, Time, Date:
		if exact {
			return fmt.Appendf(dst, `,"%s":"%s"`, exactType, t)
		}
	case Group:
		dst = append(dst, `,"properties":{`...)
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, f.Key), ':', '{')
			dst = append(f.Type.appendSchema(dst, true, exact), '}')
		}
		return append(dst, '}')
	case List:
		return append(t.Element.appendSchema(append(dst, `,"items":{`...), true, exact), '}')
	}
	return dst
}

// appendText appends text as JSON.
func appendText(dst []byte, text string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil { // no text is refused
		return append(dst, `""`...)
	}
	return append(dst, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// ErrNoProperties means that a schema does not say which fields items have.
var ErrNoProperties = errors.New(`it has no "properties"`)

// Parse reads a JSON Schema of items, or an Apify dataset schema, which has one
// in "fields". What is not told apart by it is JSON text.
func Parse(text []byte) (*Type, error) {
	text, err := itemsSchema(text)
	if err != nil {
		return nil, err
	}
	t, err := parseType(text, 0)
	switch {
	case err != nil:
		return nil, err
	case t.Kind != Group:
		return nil, ErrNoProperties
	case t.Count() > MaxColumns:
		return nil, fmt.Errorf("it has more than %d columns", MaxColumns)
	}
	return t, nil
}

// itemsSchema is the JSON Schema of items in a file.
func itemsSchema(text []byte) ([]byte, error) {
	if !json.Valid(text) {
		return nil, errors.New("it is not JSON")
	}
	text = bytes.TrimSpace(text)
	if text[0] != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	root, err := readObject(text)
	if fields := root["fields"]; fields != nil && root["properties"] == nil {
		text = fields
	}
	return text, err
}

func readObject(text []byte) (map[string][]byte, error) {
	members := make(map[string][]byte)
	for member, err := range rawjson.Members(text) {
		if err != nil {
			return nil, err
		}
		members[member.Name()] = member.Value
	}
	return members, nil
}

func parseType(text []byte, depth int) (*Type, error) {
	const deepest = 64
	if text[0] != '{' || depth > deepest {
		return &Type{}, nil
	}
	members, err := readObject(text)
	if err != nil {
		return nil, err
	}
	if exact := members[exactType]; exact != nil {
		return parseExact(string(rawjson.AppendUnquoted(nil, exact)))
	}
	switch kind := kindOf(members["type"], members["properties"] != nil); {
	case kind == Group && members["properties"] != nil && members["properties"][0] == '{':
		return parseGroup(members["properties"], depth)
	case kind == List && members["items"] != nil:
		element, err := parseType(members["items"], depth+1)
		return &Type{Kind: List, Element: element}, err
	case kind != Group && kind != List:
		return &Type{Kind: kind}, nil
	}
	return &Type{}, nil
}

func parseExact(name string) (*Type, error) {
	for _, kind := range []Kind{JSON, Bool, Int, Double, Time, Date, String} {
		if t := (&Type{Kind: kind}); t.String() == name {
			return t, nil
		}
	}
	t := &Type{Kind: Decimal}
	if _, err := fmt.Sscanf(name, "DECIMAL(%d,0)", &t.Precision); err != nil || t.Precision < 1 || t.Precision > 38 {
		return nil, fmt.Errorf("%q is no type", name)
	}
	t.Precision = max(t.Precision, 19) // whatever has less is an integer within 64 bits
	return t, nil
}

// kindOf reads the "type" of a schema.
func kindOf(text []byte, properties bool) Kind {
	var names []string
	if len(text) > 0 && text[0] == '"' {
		names = []string{string(rawjson.AppendUnquoted(nil, text))}
	} else if err := json.Unmarshal(text, &names); err != nil && properties {
		return Group
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "null" })
	if len(names) == 2 && slices.Contains(names, "integer") && slices.Contains(names, "number") {
		return Double
	}
	if len(names) != 1 {
		return JSON
	}
	return map[string]Kind{"boolean": Bool, "integer": Int, "number": Double, "string": String, "object": Group, "array": List}[names[0]]
}

func parseGroup(properties []byte, depth int) (*Type, error) {
	t := &Type{Kind: Group}
	var keys []string
	for member, err := range rawjson.Members(properties) {
		if err != nil {
			return nil, err
		}
		of, err := parseType(member.Value, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", shortened(member.Name()), err)
		}
		if t.field(member.Name()) != nil {
			return nil, fmt.Errorf("%q is there twice", shortened(member.Name()))
		}
		keys = append(keys, member.Name())
		t.Fields = append(t.Fields, Field{Key: member.Name(), Type: of})
	}
	if len(keys) == 0 {
		return &Type{}, nil
	}
	for i, name := range names(keys) {
		t.Fields[i].Name = name
	}
	return t, nil
}
