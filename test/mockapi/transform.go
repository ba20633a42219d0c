package mockapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// transform does to stored items what the query asks for. Where it asks for
// nothing, the bytes stay as they are. The order of the steps: failed pages
// out, unwind, flatten, hidden out, fields, omit, empty ones out, outputFields.
func transform(stored []json.RawMessage, query url.Values) ([][]byte, error) {
	fields, omit := names(query, "fields"), names(query, "omit")
	unwind, flatten := names(query, "unwind"), names(query, "flatten")
	renamed := names(query, "outputFields")
	hidden := flag(query, "skipHidden") || flag(query, "clean")
	empty := flag(query, "skipEmpty") || flag(query, "clean")
	failed := flag(query, "skipFailedPages")
	if flag(query, "simplified") {
		fields, unwind = []string{"url", "pageFunctionResult", "errorInfo"}, []string{"pageFunctionResult"}
	}
	if renamed != nil && len(renamed) != len(fields) {
		return nil, errorf(http.StatusBadRequest, "invalid-value", "The number of outputFields must match the number of fields")
	}
	var rows [][]byte
	if fields == nil && omit == nil && unwind == nil && flatten == nil && !hidden && !empty && !failed {
		for _, item := range stored {
			rows = append(rows, item)
		}
		return rows, nil
	}
	for _, raw := range stored {
		item, err := parseObject(raw)
		if err != nil {
			return nil, err
		}
		if failed && item.has("errorInfo") {
			continue
		}
		items := []unwound{{object: item}}
		for _, name := range unwind {
			items = unwindAll(items, name)
		}
		for _, one := range items {
			each := flattened(one.object, flatten)
			if hidden {
				each = each.without(func(name string) bool { return strings.HasPrefix(name, "#") })
			}
			if fields != nil {
				each = each.pick(fields, unwind, one.brought)
			}
			each = each.without(func(name string) bool { return slices.Contains(omit, name) })
			if empty && len(each) == 0 {
				continue
			}
			for i := range each {
				if at := slices.Index(fields, each[i].name); at >= 0 && renamed != nil {
					each[i].name = renamed[at]
				}
			}
			text, err := each.MarshalJSON()
			if err != nil {
				return nil, err
			}
			rows = append(rows, text)
		}
	}
	return rows, nil
}

func names(query url.Values, parameter string) []string {
	text := query.Get(parameter)
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// parseObject keeps the order of top-level keys and the bytes of their values.
func parseObject(raw json.RawMessage) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil { // the opening brace: push lets only objects in
		return nil, err
	}
	parsed := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		parsed = parsed.with(name.(string), value)
	}
	return parsed, nil
}

func (o object) has(name string) bool {
	return slices.ContainsFunc(o, func(each field) bool { return each.name == name })
}

// with sets a member: a repeated one keeps its place and takes the new value.
func (o object) with(name string, value any) object {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, field{name, value})
}

func (o object) without(drop func(name string) bool) object {
	kept := object{}
	for _, each := range o {
		if !drop(each.name) {
			kept = append(kept, each)
		}
	}
	return kept
}

// pick takes the fields in their own order. A field of the form a.b reaches
// what flatten made. After unwinding, the merged members stay when the field
// that they came from was asked for.
func (o object) pick(fields, unwind []string, brought map[string]string) object {
	picked := object{}
	for _, name := range fields {
		for _, each := range o {
			if each.name == name {
				picked = append(picked, each)
			}
		}
		if slices.Contains(unwind, name) && !o.has(name) {
			for _, each := range o {
				if broughtBy(brought, each.name) == name && !slices.Contains(fields, each.name) {
					picked = append(picked, each)
				}
			}
		}
	}
	return picked
}

// unwound is an item with what unwinding has merged into it: the name of each
// such member leads to the field that it came from.
type unwound struct {
	object
	brought map[string]string
}

// broughtBy looks through the names that flattening has made longer.
func broughtBy(brought map[string]string, name string) string {
	for {
		if from, ok := brought[name]; ok {
			return from
		}
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return ""
		}
		name = name[:dot]
	}
}

func unwindAll(items []unwound, name string) []unwound {
	var all []unwound
	for _, each := range items {
		item := each.object
		at := slices.IndexFunc(item, func(each field) bool { return each.name == name })
		if at < 0 {
			all = append(all, each)
			continue
		}
		raw, _ := item[at].value.(json.RawMessage)
		rest := item.without(func(each string) bool { return each == name })
		var elements []json.RawMessage
		switch {
		case bytes.HasPrefix(raw, []byte{'{'}):
			elements = []json.RawMessage{raw}
		case bytes.HasPrefix(raw, []byte{'['}):
			if json.Unmarshal(raw, &elements) != nil {
				elements = nil
			}
		default:
			all = append(all, each)
			continue
		}
		for _, element := range elements {
			merged, brought := slices.Clone(rest), maps.Clone(each.brought)
			members, err := parseObject(element)
			if err != nil || !bytes.HasPrefix(element, []byte{'{'}) {
				merged = merged.with(name, element) // a plain value has no members to merge
			} else {
				if brought == nil {
					brought = map[string]string{}
				}
				for _, member := range members {
					merged = merged.with(member.name, member.value)
					brought[member.name] = name
				}
			}
			all = append(all, unwound{merged, brought})
		}
	}
	return all
}

func flattened(item object, fields []string) object {
	if fields == nil {
		return item
	}
	flat := object{}
	for _, each := range item {
		raw, _ := each.value.(json.RawMessage)
		if !slices.Contains(fields, each.name) {
			flat = flat.with(each.name, each.value)
			continue
		}
		flat = flattenInto(flat, each.name, raw)
	}
	return flat
}

func flattenInto(flat object, path string, raw json.RawMessage) object {
	if !bytes.HasPrefix(raw, []byte{'{'}) {
		return flat.with(path, raw)
	}
	members, err := parseObject(raw)
	if err != nil {
		return flat.with(path, raw)
	}
	for _, each := range members {
		value, _ := each.value.(json.RawMessage)
		flat = flattenInto(flat, path+"."+each.name, value)
	}
	return flat
}
