package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

const xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// xmlEncoder writes an element an item and an element a member, as the platform
// does: an array is its element repeated, null an empty element; the members of
// a member "@" are attributes, and "#" is the text of an element without
// children. What is documented nowhere: arrays inside arrays have elements
// named like the one around them; "#" beside children, and "@" where it is no
// object of scalars, are elements like any other. Names are made legal by
// xmlName.
type xmlEncoder struct {
	framed
	row string
}

func newXML(w io.Writer, o Options) (encoder, error) {
	root, row := o.XMLRoot, o.XMLRow
	if root == "" {
		root = "items"
	}
	if row == "" {
		row = "item"
	}
	for _, name := range []string{root, row} {
		if !IsXMLName(name) {
			return nil, fmt.Errorf("%q cannot be the name of an XML element", name)
		}
	}
	head := xmlDeclaration + "<" + root + ">\n"
	return &xmlEncoder{framed: framed{w: w, head: head, foot: "</" + root + ">\n"}, row: row}, nil
}

func (e *xmlEncoder) worker() pageEncoder {
	return &xmlPages{elements: newXMLElements(), row: newXMLTag(e.row)}
}

type xmlPages struct {
	elements *xmlElements
	row      *xmlTag
}

func (e *xmlPages) encode(p *piece) error {
	return eachUnique(p, func(dst, item []byte) ([]byte, error) {
		if item[0] == '[' { // it would be several items, or none
			dst, err := e.elements.nested(dst, e.row, item, 0)
			return append(dst, '\n'), err
		}
		dst, err := e.elements.value(dst, e.row, item, 0)
		return append(dst, '\n'), err
	})
}

// eachUnique encodes the items of a page one after the other. One in which a
// key repeats is encoded again without the members that a later one replaces.
func eachUnique(p *piece, encode func(dst, item []byte) ([]byte, error)) error {
	p.buf = p.buf[:0]
	for item, err := range rawjson.Elements(p.page) {
		if err != nil {
			return pageItemError(p.items, err)
		}
		start := len(p.buf)
		p.buf, err = encode(p.buf, item)
		if errors.Is(err, errDuplicate) {
			var unique []byte
			if unique, err = appendUnique(nil, item, 0); err == nil {
				p.buf, err = encode(p.buf[:start], unique)
			}
		}
		if err != nil {
			return pageItemError(p.items, err)
		}
		p.items++
	}
	p.out = p.buf
	return nil
}

// xmlTag is an element's name, ready to be written.
type xmlTag struct{ name, open, start, end, empty string }

func newXMLTag(name string) *xmlTag {
	return &xmlTag{name: name, open: "<" + name, start: "<" + name + ">", end: "</" + name + ">", empty: "<" + name + "/>"}
}

// xmlElements is what one goroutine writes elements with.
type xmlElements struct {
	text, attribute *markup
	tags            map[string]*xmlTag // by the quoted key
	keys            keyStack
}

func newXMLElements() *xmlElements {
	return &xmlElements{text: newXMLText(), attribute: newXMLAttribute(), tags: make(map[string]*xmlTag)}
}

// maxTags bounds the memory of tags where keys are data.
const maxTags = 4096

func (e *xmlElements) tag(quoted []byte) *xmlTag {
	tag := e.tags[string(quoted)]
	if tag == nil {
		tag = newXMLTag(xmlName(string(rawjson.AppendUnquoted(nil, quoted))))
		if len(e.tags) < maxTags {
			e.tags[string(quoted)] = tag
		}
	}
	return tag
}

// maxXMLDepth is where values are written as JSON text: deeper, readers give up.
const maxXMLDepth = 200

// value appends the element of a value, or the elements of an array.
func (e *xmlElements) value(dst []byte, tag *xmlTag, value []byte, depth int) ([]byte, error) {
	dst, _, err := e.at(dst, tag, value, 0, depth)
	return dst, err
}

// at is value for the one that starts at data[i]; it returns the offset behind
// it, so that nested values are read once.
func (e *xmlElements) at(dst []byte, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	nested := i < len(data) && (data[i] == '{' || data[i] == '[')
	switch {
	case nested && depth < maxXMLDepth && data[i] == '{':
		return e.objectAt(dst, tag, data, i, depth)
	case nested && depth < maxXMLDepth:
		return e.arrayAt(dst, tag, data, i, depth)
	}
	end, err := rawjson.SkipValue(data, i)
	if err != nil {
		return dst, end, err
	}
	if data[i] == 'n' {
		return append(dst, tag.empty...), end, nil
	}
	dst = append(dst, tag.start...)
	if nested {
		dst = e.text.escape(dst, data[i:end])
	} else {
		dst = e.text.scalar(dst, data[i:end])
	}
	return append(dst, tag.end...), end, nil
}

func (e *xmlElements) arrayAt(dst []byte, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	i = rawjson.SkipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return dst, i + 1, nil
	}
	for more := true; more; {
		inner := i < len(data) && data[i] == '['
		if inner {
			dst = append(dst, tag.start...)
		}
		var err error
		if inner && depth+1 >= maxXMLDepth { // JSON text, without a second element around it
			end, err := rawjson.SkipValue(data, i)
			if err != nil {
				return dst, end, err
			}
			dst, i = e.text.escape(dst, data[i:end]), end
		} else if dst, i, err = e.at(dst, tag, data, i, depth+1); err != nil {
			return dst, i, err
		}
		if inner {
			dst = append(dst, tag.end...)
		}
		if i, more, err = separator(data, i, ']'); err != nil {
			return dst, i, err
		}
	}
	return dst, i, nil
}

// objectAt expects an object that has neither attributes nor a text. Where it
// meets a member that may be such, it leaves the object to the slower way.
func (e *xmlElements) objectAt(dst []byte, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	from, before := i, len(dst)
	dst = append(dst, tag.start...)
	i = rawjson.SkipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return append(dst, tag.end...), i + 1, nil
	}
	mark := e.keys.begin()
	defer e.keys.end(mark)
	for more := true; more; {
		if _, err := expect(data, i, '"'); err != nil {
			return dst, i, err
		}
		end, err := rawjson.SkipString(data, i)
		if err != nil {
			return dst, i, err
		}
		key := data[i:end]
		if len(key) == len(`"@"`) && (key[1] == '@' || key[1] == '#') {
			if end, err = rawjson.SkipValue(data, from); err == nil {
				e.keys.end(mark)
				dst, err = e.object(dst[:before], tag, data[from:end], depth)
			}
			return dst, end, err
		}
		if e.keys.repeats(mark, key) {
			return dst, i, errDuplicate
		}
		if i, err = expect(data, rawjson.SkipSpace(data, end), ':'); err != nil {
			return dst, i, err
		}
		if dst, i, err = e.at(dst, e.tag(key), data, rawjson.SkipSpace(data, i), depth+1); err != nil {
			return dst, i, err
		}
		if i, more, err = separator(data, i, '}'); err != nil {
			return dst, i, err
		}
	}
	return append(dst, tag.end...), i, nil
}

// nested appends an array as one element.
func (e *xmlElements) nested(dst []byte, tag *xmlTag, array []byte, depth int) ([]byte, error) {
	dst = append(dst, tag.start...)
	dst, err := e.value(dst, tag, array, depth+1)
	return append(dst, tag.end...), err
}

// object appends the element of an object that may have attributes or a text.
func (e *xmlElements) object(dst []byte, tag *xmlTag, object []byte, depth int) ([]byte, error) {
	attributes, text, err := e.special(object)
	if err != nil {
		return dst, err
	}
	if attributes == nil && text == nil {
		dst = append(dst, tag.start...)
	} else {
		dst = append(dst, tag.open...)
		if dst, err = e.attributes(dst, attributes); err != nil {
			return dst, err
		}
		dst = append(dst, '>')
	}
	if text != nil {
		dst = e.text.scalar(dst, text)
		return append(dst, tag.end...), nil
	}
	mark := e.keys.begin()
	defer e.keys.end(mark)
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return dst, err
		}
		if e.keys.repeats(mark, m.Key) {
			return dst, errDuplicate
		}
		if attributes != nil && string(m.Key) == `"@"` {
			continue
		}
		if dst, err = e.value(dst, e.tag(m.Key), m.Value, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, tag.end...), nil
}

// special finds the attributes and the text of an element, where the members
// of its object can be such; nil where not.
func (e *xmlElements) special(object []byte) (attributes, text []byte, err error) {
	if !bytes.Contains(object, []byte(`"@"`)) && !bytes.Contains(object, []byte(`"#"`)) {
		return nil, nil, nil
	}
	children := 0
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return nil, nil, err
		}
		switch string(m.Key) {
		case `"@"`:
			if attributes != nil {
				return nil, nil, errDuplicate
			}
			if attributes = m.Value; !isFlatObject(attributes) {
				attributes = nil
				children++
			}
		case `"#"`:
			if text != nil {
				return nil, nil, errDuplicate
			}
			if text = m.Value; text[0] == '{' || text[0] == '[' {
				children++
			}
		default:
			children++
		}
	}
	if children > 0 {
		text = nil
	}
	return attributes, text, nil
}

func isFlatObject(value []byte) bool {
	if value[0] != '{' {
		return false
	}
	for m, err := range rawjson.Members(value) {
		if err != nil || m.Value[0] == '{' || m.Value[0] == '[' {
			return false
		}
	}
	return true
}

func (e *xmlElements) attributes(dst, object []byte) ([]byte, error) {
	if object == nil {
		return dst, nil
	}
	mark := e.keys.begin()
	defer e.keys.end(mark)
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return dst, err
		}
		if e.keys.repeats(mark, m.Key) {
			return dst, errDuplicate
		}
		name := e.tag(m.Key).name
		if name == "xmlns" { // it would move the element to another namespace
			name = "_x0078_mlns"
		}
		dst = append(append(append(dst, ' '), name...), '=', '"')
		dst = e.attribute.scalar(dst, m.Value)
		dst = append(dst, '"')
	}
	return dst, nil
}
