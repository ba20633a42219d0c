package jsonschema

import "fmt"

// logic has the keywords that put schemas together.
func (s *site) logic(name string, value any) (rule, error) {
	switch name {
	case "$ref":
		return s.ref(value)
	case "allOf":
		nodes, err := s.listed(value, name, s.beside)
		return func(v any, at *place) (found []Error) {
			for _, n := range nodes {
				found = append(found, n.check(v, at)...)
			}
			return found
		}, err
	case "anyOf":
		return s.anyOf(value)
	case "oneOf":
		return s.oneOf(value)
	case "not":
		inner, err := s.beside(value, name)
		return func(v any, at *place) []Error {
			if !inner.accepts(v, at) {
				return nil
			}
			return s.node.wrong(at, name, nil, "must NOT be valid")
		}, err
	case "if":
		return s.condition(value)
	case "definitions":
		_, err := s.named(value, name) // what is not used must be a schema, too
		return nil, err
	}
	return nil, nil
}

func (s *site) ref(value any) (rule, error) {
	reference, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("$ref is a string")
	}
	target, err := s.refer(s.base, reference)
	if err != nil {
		return nil, err
	}
	s.node.within = append(s.node.within, target)
	return func(v any, at *place) []Error { return target.check(v, at) }, nil
}

func (s *site) anyOf(value any) (rule, error) {
	nodes, err := s.listed(value, "anyOf", s.beside)
	return func(v any, at *place) (found []Error) {
		for _, n := range nodes {
			wrong := n.check(v, at)
			if len(wrong) == 0 {
				return nil
			}
			found = append(found, wrong...)
		}
		return append(found, s.node.wrong(at, "anyOf", nil, "must match a schema in anyOf")...)
	}, err
}

func (s *site) oneOf(value any) (rule, error) {
	nodes, err := s.listed(value, "oneOf", s.beside)
	return func(v any, at *place) (found []Error) {
		passing := []int{}
		for i, n := range nodes {
			wrong := n.check(v, at)
			if len(wrong) == 0 {
				passing = append(passing, i)
			}
			found = append(found, wrong...)
		}
		switch len(passing) {
		case 0:
			return append(found, s.node.wrong(at, "oneOf", params{"passingSchemas": nil}, "must match exactly one schema in oneOf")...)
		case 1:
			return nil
		}
		return s.node.wrong(at, "oneOf", params{"passingSchemas": passing[:2]}, "must match exactly one schema in oneOf")
	}, err
}

// condition is if, with then and else.
func (s *site) condition(value any) (rule, error) {
	test, err := s.beside(value, "if")
	if err != nil {
		return nil, err
	}
	branches := map[string]*node{}
	for _, name := range []string{"then", "else"} {
		if schema, ok := s.schema[name]; ok {
			if branches[name], err = s.beside(schema, name); err != nil {
				return nil, err
			}
		}
	}
	return func(v any, at *place) []Error {
		name := "else"
		if test.accepts(v, at) {
			name = "then"
		}
		branch, ok := branches[name]
		if !ok {
			return nil
		}
		wrong := branch.check(v, at)
		if len(wrong) == 0 {
			return nil
		}
		return append(wrong, s.node.wrong(at, "if", params{"failingKeyword": name}, "must match \"%s\" schema", name)...)
	}, nil
}
