package jsonschema

import (
	"encoding/json"
	"fmt"
)

// arrays has the keywords for arrays.
func (s *site) arrays(name string, value any) (rule, error) {
	switch name {
	case "maxItems", "minItems":
		return s.size(name, value, "items", func(v any) (int, bool) {
			list, ok := v.([]any)
			return len(list), ok
		})
	case "items":
		return s.items(value)
	case "additionalItems":
		return s.additionalItems(value)
	case "uniqueItems":
		unique, ok := value.(bool)
		if !ok {
			return nil, fmt.Errorf("uniqueItems is true or false")
		}
		if !unique {
			return nil, nil
		}
		return s.unique, nil
	case "contains":
		inner, err := s.inner(value, name)
		return func(v any, at *place) []Error {
			list, ok := v.([]any)
			for i, element := range list {
				if inner.accepts(element, at.element(i)) {
					return nil
				}
			}
			if !ok {
				return nil
			}
			return s.node.wrong(at, name, params{"minContains": 1}, "must contain at least 1 valid item(s)")
		}, err
	}
	return nil, nil
}

// items is one schema for all elements, or one for each.
func (s *site) items(value any) (rule, error) {
	if _, each := value.([]any); each {
		nodes, err := s.listed(value, "items", s.inner)
		return func(v any, at *place) (found []Error) {
			list, _ := v.([]any)
			for i := range min(len(list), len(nodes)) {
				found = append(found, nodes[i].check(list[i], at.element(i))...)
			}
			return found
		}, err
	}
	all, err := s.inner(value, "items")
	return func(v any, at *place) (found []Error) {
		list, _ := v.([]any)
		for i, element := range list {
			found = append(found, all.check(element, at.element(i))...)
		}
		return found
	}, err
}

// additionalItems is for elements behind those that items has schemas for.
func (s *site) additionalItems(value any) (rule, error) {
	rest, err := s.inner(value, "additionalItems")
	each, ok := s.schema["items"].([]any)
	if err != nil || !ok {
		return nil, err
	}
	none := value == false
	return func(v any, at *place) (found []Error) {
		list, _ := v.([]any)
		if none && len(list) > len(each) {
			return s.node.wrong(at, "additionalItems", params{"limit": len(each)}, "must NOT have more than %d items", len(each))
		}
		for i := len(each); i < len(list); i++ {
			found = append(found, rest.check(list[i], at.element(i))...)
		}
		return found
	}, nil
}

func (s *site) unique(v any, at *place) []Error {
	list, _ := v.([]any)
	seen := make(map[string]int, len(list))
	for i, element := range list {
		text, err := json.Marshal(element) // members are sorted
		if err != nil {
			continue // an infinite number, which equals none
		}
		if j, twice := seen[string(text)]; twice {
			return s.node.wrong(at, "uniqueItems", params{"i": i, "j": j},
				"must NOT have duplicate items (items ## %d and %d are identical)", j, i)
		}
		seen[string(text)] = i
	}
	return nil
}
