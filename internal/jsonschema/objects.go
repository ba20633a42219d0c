package jsonschema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// objects has the keywords for objects.
func (s *site) objects(name string, value any) (rule, error) {
	switch name {
	case "maxProperties", "minProperties":
		return s.size(name, value, "properties", func(v any) (int, bool) {
			object, ok := v.(map[string]any)
			return len(object), ok
		})
	case "required":
		return s.required(value)
	case "properties":
		return s.properties(value)
	case "patternProperties":
		return s.patternProperties(value)
	case "additionalProperties":
		return s.additionalProperties(value)
	case "propertyNames":
		return s.propertyNames(value)
	case "dependencies":
		return s.dependencies(value)
	}
	return nil, nil
}

func (s *site) required(value any) (rule, error) {
	names, err := texts("required", value)
	return func(v any, at *place) (found []Error) {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		for _, name := range names {
			if _, has := object[name]; !has {
				found = append(found, s.node.wrong(at, "required", params{"missingProperty": name}, "must have required property '%s'", name)...)
			}
		}
		return found
	}, err
}

func (s *site) properties(value any) (rule, error) {
	nodes, err := s.named(value, "properties")
	names := slices.Sorted(maps.Keys(nodes))
	return func(v any, at *place) (found []Error) {
		object, _ := v.(map[string]any)
		for _, name := range names {
			if member, has := object[name]; has {
				found = append(found, nodes[name].check(member, at.member(name))...)
			}
		}
		return found
	}, err
}

// patterns are the names of an object of schemas, as patterns.
func patterns(value any) (map[string]*regexp.Regexp, error) {
	object, _ := value.(map[string]any)
	list := map[string]*regexp.Regexp{}
	for text := range object {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, err
		}
		list[text] = pattern
	}
	return list, nil
}

func (s *site) patternProperties(value any) (rule, error) {
	nodes, err := s.named(value, "patternProperties")
	if err != nil {
		return nil, err
	}
	fits, err := patterns(value)
	texts := slices.Sorted(maps.Keys(nodes))
	return func(v any, at *place) (found []Error) {
		object, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			for _, text := range texts {
				if fits[text].MatchString(name) {
					found = append(found, nodes[text].check(object[name], at.member(name))...)
				}
			}
		}
		return found
	}, err
}

// additionalProperties is for members that neither properties nor
// patternProperties know.
func (s *site) additionalProperties(value any) (rule, error) {
	rest, err := s.inner(value, "additionalProperties")
	if err != nil {
		return nil, err
	}
	known, _ := s.schema["properties"].(map[string]any)
	fits, err := patterns(s.schema["patternProperties"])
	none := value == false
	return func(v any, at *place) (found []Error) {
		object, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if _, has := known[name]; has || matches(fits, name) {
				continue
			}
			if none {
				found = append(found, s.node.wrong(at, "additionalProperties", params{"additionalProperty": name}, "must NOT have additional properties")...)
				continue
			}
			found = append(found, rest.check(object[name], at.member(name))...)
		}
		return found
	}, err
}

func matches(patterns map[string]*regexp.Regexp, name string) bool {
	for _, pattern := range patterns {
		if pattern.MatchString(name) {
			return true
		}
	}
	return false
}

func (s *site) propertyNames(value any) (rule, error) {
	inner, err := s.inner(value, "propertyNames")
	return func(v any, at *place) (found []Error) {
		object, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if wrong := inner.check(name, at); len(wrong) > 0 {
				found = append(append(found, wrong...),
					s.node.wrong(at, "propertyNames", params{"propertyName": name}, "property name must be valid")...)
			}
		}
		return found
	}, err
}

// dependencies are names, or a schema, that belong to the presence of a member.
func (s *site) dependencies(value any) (rule, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("dependencies is an object")
	}
	needs, nodes := map[string][]string{}, map[string]*node{}
	for name, value := range object {
		var err error
		if _, isList := value.([]any); isList {
			needs[name], err = texts("dependencies", value)
		} else {
			nodes[name], err = s.beside(value, "dependencies", name)
		}
		if err != nil {
			return nil, err
		}
	}
	return func(v any, at *place) (found []Error) {
		object, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if inner, ok := nodes[name]; ok {
				found = append(found, inner.check(v, at)...)
			}
			for _, needed := range needs[name] {
				if _, has := object[needed]; has {
					continue
				}
				list := strings.Join(needs[name], ", ")
				found = append(found, s.node.wrong(at, "dependencies",
					params{"property": name, "missingProperty": needed, "depsCount": len(needs[name]), "deps": list},
					"must have %s %s when property %s is present", plural(len(needs[name])), list, name)...)
			}
		}
		return found
	}, nil
}

func plural(n int) string {
	if n == 1 {
		return "property"
	}
	return "properties"
}
