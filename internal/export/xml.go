package export

import (
	"fmt"
	"io"
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
	return eachItem(p, func(dst, data []byte, i int) ([]byte, int, error) {
		return e.elements.item(dst, e.row, data, i)
	})
}
