package export

import "github.com/apifyctl/apifyctl/internal/rawjson"

// xmlElements is what one goroutine writes elements with.
type xmlElements struct {
	text, attribute *markup
	names           xmlNames
}

func newXMLElements() *xmlElements {
	return &xmlElements{text: newXMLText(), attribute: newXMLAttribute()}
}

// maxXMLDepth is where values are written as JSON text: deeper, readers give up.
const maxXMLDepth = 200

// item appends the element of the item at data[i], and returns the offset
// behind it. An array is one element, too: it would be several items, or none.
func (e *xmlElements) item(dst []byte, tag *xmlTag, data []byte, i int) ([]byte, int, error) {
	node := e.names.begin()
	if i >= len(data) || data[i] != '[' {
		return e.value(dst, node, tag, data, i, 0)
	}
	dst = append(dst, tag.start...)
	dst, i, err := e.value(dst, node, tag, data, i, 1)
	return append(dst, tag.end...), i, err
}

// value appends the element of the value at data[i], or the elements of an
// array, and returns the offset behind it. Members of objects are noted below
// node.
func (e *xmlElements) value(dst []byte, node *xmlNode, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	if i >= len(data) {
		return dst, i, rawjson.ErrIncomplete
	}
	var err error
	switch c := data[i]; {
	case c == '"':
		dst = append(dst, tag.start...)
		dst, i, err = e.text.quoted(dst, data, i)
	case c == '{' && depth < maxXMLDepth:
		return e.object(dst, node, tag, data, i, depth)
	case c == '[' && depth < maxXMLDepth:
		return e.array(dst, node, tag, data, i, depth)
	default:
		var end int
		if end, err = rawjson.SkipValue(data, i); err != nil {
			return dst, end, err
		}
		if c == 'n' {
			return append(dst, tag.empty...), end, nil
		}
		dst = e.text.escape(append(dst, tag.start...), data[i:end])
		i = end
	}
	return append(dst, tag.end...), i, err
}

func (e *xmlElements) array(dst []byte, node *xmlNode, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	i = rawjson.SkipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return dst, i + 1, nil
	}
	for more := true; more; {
		var err error
		inner := i < len(data) && data[i] == '['
		// Where it becomes JSON text, value itself writes the element around it.
		around := inner && depth+1 < maxXMLDepth
		if around {
			dst = append(dst, tag.start...)
		}
		if dst, i, err = e.value(dst, node, tag, data, i, depth+1); err != nil {
			return dst, i, err
		}
		if around {
			dst = append(dst, tag.end...)
		}
		if i, more, err = rawjson.Separator(data, i, ']'); err != nil {
			return dst, i, err
		}
	}
	return dst, i, nil
}

// object expects an object that has neither attributes nor a text. Where it
// meets a member that may be such, it leaves the object to the slower way.
func (e *xmlElements) object(dst []byte, node *xmlNode, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	from, before := i, len(dst)
	dst = append(dst, tag.start...)
	i = rawjson.SkipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return append(dst, tag.end...), i + 1, nil
	}
	o := e.names.open(node)
	defer e.names.close(&o)
	for more := true; more; {
		member, at, err := e.names.key(&o, data, i)
		if err != nil {
			return dst, at, err
		}
		if member.special {
			return e.specialObject(dst[:before], node, tag, data, from, depth)
		}
		if dst, i, err = e.value(dst, member, member.tag, data, at, depth+1); err != nil {
			return dst, i, err
		}
		if i, more, err = rawjson.Separator(data, i, '}'); err != nil {
			return dst, i, err
		}
	}
	return append(dst, tag.end...), i, nil
}

// specialObject appends the element of an object that may have attributes or a
// text, in two passes.
func (e *xmlElements) specialObject(dst []byte, node *xmlNode, tag *xmlTag, data []byte, i, depth int) ([]byte, int, error) {
	end, err := rawjson.SkipValue(data, i)
	if err != nil {
		return dst, end, err
	}
	object := data[i:end]
	attributes, text, err := specialMembers(object)
	if err != nil {
		return dst, end, err
	}
	dst = append(dst, tag.open...)
	if attributes != nil {
		if dst, err = e.attributes(dst, attributes); err != nil {
			return dst, end, err
		}
	}
	dst = append(dst, '>')
	if text != nil {
		dst = e.text.scalar(dst, text)
		return append(dst, tag.end...), end, nil
	}
	o := e.names.open(node)
	defer e.names.close(&o)
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return dst, end, err
		}
		if attributes != nil && m.Name() == "@" {
			continue
		}
		member, _, err := e.names.node(&o, m.Key, 0)
		if err != nil {
			return dst, end, err
		}
		if dst, _, err = e.value(dst, member, member.tag, m.Value, 0, depth+1); err != nil {
			return dst, end, err
		}
	}
	return append(dst, tag.end...), end, nil
}

// specialMembers finds the attributes and the text of an element, where the
// members of its object can be such; nil where not.
func specialMembers(object []byte) (attributes, text []byte, err error) {
	children := 0
	var seen keyStack
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return nil, nil, err
		}
		name := m.Name()
		if name == "@" && seen.repeats(0, m.Key) { // another one is found with the children, or replaces the text
			return nil, nil, errRepeated
		}
		switch {
		case name == "@" && isFlatObject(m.Value):
			attributes = m.Value
		case name == "#" && m.Value[0] != '{' && m.Value[0] != '[':
			text = m.Value
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
	var own keyStack
	for m, err := range rawjson.Members(object) {
		if err != nil {
			return dst, err
		}
		if own.repeats(0, m.Key) {
			return dst, errRepeated
		}
		name := xmlName(m.Name())
		if name == "xmlns" { // it would move the element to another namespace
			name = "_x0078_mlns"
		}
		dst = append(append(append(dst, ' '), name...), '=', '"')
		dst = e.attribute.scalar(dst, m.Value)
		dst = append(dst, '"')
	}
	return dst, nil
}
