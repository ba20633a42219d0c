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
	switch {
	case value[0] == 'n':
		return append(dst, tag.empty...), nil
	case value[0] != '{' && value[0] != '[':
		dst = append(dst, tag.start...)
		dst = e.text.scalar(dst, value)
		return append(dst, tag.end...), nil
	case depth >= maxXMLDepth:
		dst = append(dst, tag.start...)
		dst = e.text.escape(dst, value)
		return append(dst, tag.end...), nil
	case value[0] == '{':
		return e.object(dst, tag, value, depth)
	}
	for element, err := range rawjson.Elements(value) {
		if err == nil {
			if element[0] == '[' {
				dst, err = e.nested(dst, tag, element, depth+1)
			} else {
				dst, err = e.value(dst, tag, element, depth+1)
			}
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// nested appends an array as one element.
func (e *xmlElements) nested(dst []byte, tag *xmlTag, array []byte, depth int) ([]byte, error) {
	dst = append(dst, tag.start...)
	dst, err := e.value(dst, tag, array, depth+1)
	return append(dst, tag.end...), err
}

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
