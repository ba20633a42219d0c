package jsonschema

import (
	"fmt"
	"math"
	"strconv"
)

// site is a schema whose keywords are being compiled.
type site struct {
	*compiler
	node   *node
	base   string
	schema map[string]any
}

// inner is the node of a schema below this one.
func (s *site) inner(value any, steps ...string) (*node, error) {
	pointer := s.node.pointer
	for _, step := range steps {
		pointer += "/" + escape(step)
	}
	return s.compiler.node(pointer, s.base, value)
}

// beside is inner for a schema that looks at the same value.
func (s *site) beside(value any, steps ...string) (*node, error) {
	n, err := s.inner(value, steps...)
	if err == nil {
		s.node.within = append(s.node.within, n)
	}
	return n, err
}

// listed are the nodes of an array of schemas.
func (s *site) listed(value any, name string, one func(any, ...string) (*node, error)) ([]*node, error) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf("%s is a list of schemas", name)
	}
	nodes := make([]*node, len(list))
	for i, value := range list {
		n, err := one(value, name, strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes, nil
}

// named are the nodes of an object of schemas.
func (s *site) named(value any, name string) (map[string]*node, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is an object of schemas", name)
	}
	nodes := map[string]*node{}
	for member, value := range object {
		n, err := s.inner(value, name, member)
		if err != nil {
			return nil, err
		}
		nodes[member] = n
	}
	return nodes, nil
}

func number(name string, value any) (float64, error) {
	n, ok := value.(float64)
	if !ok {
		return 0, fmt.Errorf("%s is a number", name)
	}
	return n, nil
}

func count(name string, value any) (int, error) {
	n, ok := value.(float64)
	if !ok || n < 0 || n != math.Trunc(n) {
		return 0, fmt.Errorf("%s is a whole number from 0", name)
	}
	return int(min(n, math.MaxInt32)), nil
}

func texts(name string, value any) ([]string, error) {
	list, ok := value.([]any)
	names := make([]string, 0, len(list))
	for _, value := range list {
		text, isText := value.(string)
		ok = ok && isText
		names = append(names, text)
	}
	if !ok {
		return nil, fmt.Errorf("%s is a list of strings", name)
	}
	return names, nil
}
