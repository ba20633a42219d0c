package jsonschema

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// compiler makes nodes of a schema. Nothing is read but the schema itself.
type compiler struct {
	whole     any
	resources map[string]string // pointers by address: of the whole, and of what has an $id
	nodes     map[string]*node  // by pointer
}

// home is the address of a schema without $id.
const home = "schema:fields"

// Compile reads a schema.
func Compile(text []byte) (*Schema, error) {
	whole, err := decode(text)
	if err != nil {
		return nil, err
	}
	c := &compiler{whole: whole, resources: map[string]string{home: ""}, nodes: map[string]*node{}}
	if err := c.index(whole, "", home); err != nil {
		return nil, err
	}
	root, err := c.node("", home, whole)
	if err != nil {
		return nil, err
	}
	if err := c.noLoops(); err != nil {
		return nil, err
	}
	top, _ := whole.(map[string]any)
	properties, _ := top["properties"].(map[string]any)
	return &Schema{root: root, names: slices.Sorted(maps.Keys(properties))}, nil
}

// index collects the addresses that schemas give themselves.
func (c *compiler) index(value any, pointer, base string) error {
	switch v := value.(type) {
	case map[string]any:
		base, err := baseOf(v, base)
		if err != nil {
			return fmt.Errorf("at %s: %w", where(pointer), err)
		}
		if _, named := v["$id"].(string); named {
			c.resources[base] = pointer
		}
		for name, inner := range v {
			if name == "enum" || name == "const" || name == "default" || name == "examples" {
				continue // data
			}
			if err := c.index(inner, pointer+"/"+escape(name), base); err != nil {
				return err
			}
		}
	case []any:
		for i, inner := range v {
			if err := c.index(inner, pointer+"/"+strconv.Itoa(i), base); err != nil {
				return err
			}
		}
	}
	return nil
}

// baseOf is the address that references inside of a schema start from.
func baseOf(schema map[string]any, base string) (string, error) {
	id, ok := schema["$id"].(string)
	if _, refers := schema["$ref"].(string); !ok || refers {
		return base, nil
	}
	return resolve(base, id)
}

func resolve(base, reference string) (string, error) {
	from, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	to, err := url.Parse(reference)
	if err != nil {
		return "", fmt.Errorf("%q is no address", reference)
	}
	if from.Opaque != "" && to.Scheme == "" && to.Path == "" && to.RawQuery == "" { // only a fragment
		from.Fragment, from.RawFragment = to.Fragment, to.RawFragment
		return strings.TrimSuffix(from.String(), "#"), nil
	}
	return strings.TrimSuffix(from.ResolveReference(to).String(), "#"), nil
}

// node makes the node of a schema, once.
func (c *compiler) node(pointer, base string, value any) (*node, error) {
	if known, ok := c.nodes[pointer]; ok {
		return known, nil
	}
	n := &node{pointer: pointer}
	c.nodes[pointer] = n
	switch v := value.(type) {
	case bool:
		if !v {
			n.rules = []rule{func(_ any, at *place) []Error {
				return n.wrong(at, "false schema", nil, "boolean schema is false")
			}}
		}
		return n, nil
	case map[string]any:
		base, err := baseOf(v, base)
		if err != nil {
			return nil, fmt.Errorf("at %s: %w", where(pointer), err)
		}
		return n, c.keywords(&site{compiler: c, node: n, base: base, schema: v})
	}
	return nil, fmt.Errorf("at %s: a schema is an object, true or false", where(pointer))
}

// keywords adds the rules of all keywords, of which unknown ones say nothing.
func (c *compiler) keywords(s *site) error {
	if draft, ok := s.schema["$schema"].(string); ok && !readable(draft) {
		return fmt.Errorf("$schema is %s, and draft-07 is what is read", draft)
	}
	names := slices.Sorted(maps.Keys(s.schema))
	if _, refers := s.schema["$ref"]; refers {
		names = []string{"$ref"} // draft-07 ignores what is beside it
	}
	for _, name := range names {
		for _, group := range []func(string, any) (rule, error){s.general, s.numeric, s.textual, s.arrays, s.objects, s.logic} {
			rule, err := group(name, s.schema[name])
			if err != nil {
				return fmt.Errorf("at %s: %w", where(s.node.pointer+"/"+escape(name)), err)
			}
			if rule != nil {
				s.node.rules = append(s.node.rules, rule)
			}
		}
	}
	return nil
}

func readable(draft string) bool {
	_, draft, _ = strings.Cut(strings.TrimSuffix(draft, "#"), "://")
	return draft == "json-schema.org/draft-07/schema" || draft == "json-schema.org/draft-06/schema" || draft == "json-schema.org/schema"
}

// refer is the node that a $ref names.
func (c *compiler) refer(base, reference string) (*node, error) {
	address, err := resolve(base, reference)
	if err != nil {
		return nil, err
	}
	pointer, ok := c.resources[address]
	if !ok {
		var fragment string
		address, fragment, _ = strings.Cut(address, "#")
		start, known := c.resources[address]
		if fragment, err = url.PathUnescape(fragment); err != nil || !known || !strings.HasPrefix(fragment, "/") {
			return nil, fmt.Errorf("it refers to %s, which is not in it", reference)
		}
		pointer = start + fragment
	}
	value, base, err := c.find(pointer)
	if err != nil {
		return nil, fmt.Errorf("it refers to %s, which is not in it", reference)
	}
	return c.node(pointer, base, value)
}

// find returns what is at a pointer, and the address of the schema around it.
func (c *compiler) find(pointer string) (value any, base string, err error) {
	value, base = c.whole, home
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		switch v := value.(type) {
		case map[string]any:
			if base, err = baseOf(v, base); err != nil {
				return nil, "", err
			}
			inner, ok := v[step]
			if !ok {
				return nil, "", fmt.Errorf("no %s", pointer)
			}
			value = inner
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, "", fmt.Errorf("no %s", pointer)
			}
			value = v[i]
		default:
			return nil, "", fmt.Errorf("no %s", pointer)
		}
	}
	return value, base, nil
}

// noLoops makes sure that no schema leads back to itself at the same value.
func (c *compiler) noLoops() error {
	done := map[*node]bool{} // false: on the way
	var visit func(n *node) error
	visit = func(n *node) error {
		if finished, seen := done[n]; seen {
			if !finished {
				return fmt.Errorf("at %s: the schema refers to itself without end", where(n.pointer))
			}
			return nil
		}
		done[n] = false
		for _, inner := range n.within {
			if err := visit(inner); err != nil {
				return err
			}
		}
		done[n] = true
		return nil
	}
	for _, pointer := range slices.Sorted(maps.Keys(c.nodes)) {
		if err := visit(c.nodes[pointer]); err != nil {
			return err
		}
	}
	return nil
}

func where(pointer string) string {
	if pointer == "" {
		return "the top"
	}
	return pointer
}
