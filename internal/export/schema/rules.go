package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/jsonschema"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Rules are all that a JSON Schema states of items, such as members that are
// required and values that are allowed, which types of columns do not have.
type Rules struct{ items *jsonschema.Schema }

// ParseRules reads what Parse reads.
func ParseRules(text []byte) (*Rules, error) {
	text, err := itemsSchema(text)
	if err != nil {
		return nil, err
	}
	items, err := jsonschema.Compile(text)
	return &Rules{items: items}, err
}

// Check adds what is wrong with an item, the first few things, to what is known of
// it.
func (r *Rules) Check(item []byte, known []*Misfit) ([]*Misfit, error) {
	const most = 20
	wrong, err := r.items.Check(0, item)
	if err != nil {
		return known, err
	}
	misfits := known
	for _, w := range wrong[:min(most, len(wrong))] {
		_, pointer, _ := strings.Cut(strings.TrimPrefix(w.InstancePath, "/"), "/")
		field, value := follow(item, pointer)
		m := &Misfit{Field: field, Want: expectation(w), Got: valueKind(value), Value: shortened(string(value))}
		if missing, ok := w.Params["missingProperty"].(string); ok {
			m.Field, m.Got, m.Value = join(field, missing), "missing", ""
		}
		told := slices.ContainsFunc(known, func(k *Misfit) bool { return k.Field == m.Field })
		if w.Keyword != "type" || !told {
			misfits = append(misfits, m)
		}
	}
	return misfits, nil
}

func expectation(w jsonschema.Error) string {
	allowed, ok := w.Params["allowedValues"].([]any)
	if !ok {
		return w.Message
	}
	texts := make([]string, len(allowed))
	for i, value := range allowed {
		text, _ := json.Marshal(value) // it was JSON
		texts[i] = string(text)
	}
	return "must be one of " + listed(texts)
}

// follow goes along a JSON pointer without its first slash, and returns what is
// there, and its name as columns have it.
func follow(value []byte, pointer string) (field string, found []byte) {
	if pointer == "" {
		return "", value
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for step := range strings.SplitSeq(pointer, "/") {
		var next []byte
		if len(value) > 0 && value[0] == '[' {
			field += "[]"
			index, _ := strconv.Atoi(step)
			for element, err := range rawjson.Elements(value) {
				if index == 0 || err != nil {
					next = element
					break
				}
				index--
			}
		} else {
			name := unescape.Replace(step)
			field = join(field, name)
			for member, err := range rawjson.Members(value) {
				if err == nil && member.Name() == name {
					next = member.Value
				}
			}
		}
		value = next
	}
	return field, value
}

// valueKind says what a JSON value is.
func valueKind(value []byte) string {
	if len(value) == 0 {
		return "missing"
	}
	kinds := map[byte]string{'{': "an object", '[': "an array", '"': "a string", 't': "a boolean", 'f': "a boolean", 'n': "null"}
	if kind, ok := kinds[value[0]]; ok {
		return kind
	}
	return "a number"
}
