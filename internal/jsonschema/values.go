package jsonschema

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// general has the keywords for values of all types.
func (s *site) general(name string, value any) (rule, error) {
	n := s.node
	switch name {
	case "type":
		return s.types(value)
	case "enum":
		allowed, ok := value.([]any)
		if !ok || len(allowed) == 0 {
			return nil, fmt.Errorf("enum is a list of values")
		}
		return func(v any, at *place) []Error {
			if slices.ContainsFunc(allowed, func(a any) bool { return reflect.DeepEqual(a, v) }) {
				return nil
			}
			return n.wrong(at, "enum", params{"allowedValues": allowed}, "must be equal to one of the allowed values")
		}, nil
	case "const":
		return func(v any, at *place) []Error {
			if reflect.DeepEqual(value, v) {
				return nil
			}
			return n.wrong(at, "const", params{"allowedValue": value}, "must be equal to constant")
		}, nil
	}
	return nil, nil
}

// types is the keyword type, with AJV's nullable, which lets null in as well.
func (s *site) types(value any) (rule, error) {
	want, err := texts("type", value)
	if one, ok := value.(string); ok {
		want, err = []string{one}, nil
	}
	if err != nil || len(want) == 0 {
		return nil, fmt.Errorf("type is the name of a type, or a list of them")
	}
	for _, name := range want {
		if !slices.Contains([]string{"null", "boolean", "number", "integer", "string", "array", "object"}, name) {
			return nil, fmt.Errorf("there is no type %q", name)
		}
	}
	if nullable, _ := s.schema["nullable"].(bool); nullable && !slices.Contains(want, "null") {
		want = append(want, "null")
	}
	slices.Sort(want)
	return func(v any, at *place) []Error {
		if slices.ContainsFunc(want, func(name string) bool { return is(v, name) }) {
			return nil
		}
		return s.node.wrong(at, "type", params{"type": strings.Join(want, ",")}, "must be %s", strings.Join(want, ","))
	}, nil
}

func is(value any, name string) bool {
	switch v := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case float64:
		return name == "number" || name == "integer" && v == math.Trunc(v) && !math.IsInf(v, 0)
	case string:
		return name == "string"
	case []any:
		return name == "array"
	}
	return name == "object"
}

// numeric has the keywords for numbers.
func (s *site) numeric(name string, value any) (rule, error) {
	sign := map[string]string{"maximum": "<=", "minimum": ">=", "exclusiveMaximum": "<", "exclusiveMinimum": ">", "multipleOf": ""}
	comparison, known := sign[name]
	if !known {
		return nil, nil
	}
	limit, err := number(name, value)
	if err != nil {
		return nil, err
	}
	if name == "multipleOf" && limit <= 0 {
		return nil, fmt.Errorf("multipleOf is more than 0")
	}
	return func(v any, at *place) []Error {
		number, ok := v.(float64)
		if !ok || within(number, limit, comparison) {
			return nil
		}
		if comparison == "" {
			return s.node.wrong(at, name, params{"multipleOf": limit}, "must be multiple of %v", limit)
		}
		return s.node.wrong(at, name, params{"comparison": comparison, "limit": limit}, "must be %s %v", comparison, limit)
	}, nil
}

func within(number, limit float64, comparison string) bool {
	switch comparison {
	case "<=":
		return number <= limit
	case ">=":
		return number >= limit
	case "<":
		return number < limit
	case ">":
		return number > limit
	}
	quotient := number / limit
	return quotient == math.Trunc(quotient) && !math.IsInf(quotient, 0)
}

// textual has the keywords for strings.
func (s *site) textual(name string, value any) (rule, error) {
	n := s.node
	switch name {
	case "maxLength", "minLength":
		return s.size(name, value, "characters", func(v any) (int, bool) {
			text, ok := v.(string)
			return utf8.RuneCountInString(text), ok
		})
	case "pattern":
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("pattern is a string")
		}
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, err
		}
		return func(v any, at *place) []Error {
			if text, ok := v.(string); !ok || pattern.MatchString(text) {
				return nil
			}
			return n.wrong(at, name, params{"pattern": text}, "must match pattern \"%s\"", text)
		}, nil
	case "format":
		format, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("format is a string")
		}
		fits := formatOf(format)
		if fits == nil {
			return nil, nil
		}
		return func(v any, at *place) []Error {
			if text, ok := v.(string); !ok || fits(text) {
				return nil
			}
			return n.wrong(at, name, params{"format": format}, "must match format \"%s\"", format)
		}, nil
	}
	return nil, nil
}

// size is a rule about how many there are, whose name begins with max or min.
func (s *site) size(name string, value any, things string, sizeOf func(any) (int, bool)) (rule, error) {
	limit, err := count(name, value)
	if err != nil {
		return nil, err
	}
	most, comparison := strings.HasPrefix(name, "max"), "fewer"
	if most {
		comparison = "more"
	}
	return func(v any, at *place) []Error {
		size, ok := sizeOf(v)
		if !ok || most && size <= limit || !most && size >= limit {
			return nil
		}
		return s.node.wrong(at, name, params{"limit": limit}, "must NOT have %s than %d %s", comparison, limit, things)
	}, nil
}
