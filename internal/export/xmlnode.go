package export

import (
	"bytes"
	"errors"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// errRepeated ends the reading of an object in which a key repeats.
var errRepeated = errors.New("repeated key")

// xmlTag is an element's name, ready to be written.
type xmlTag struct{ name, open, start, end, empty string }

func newXMLTag(name string) *xmlTag {
	return &xmlTag{name: name, open: "<" + name, start: "<" + name + ">", end: "</" + name + ">", empty: "<" + name + "/>"}
}

// xmlNode is a member of objects at one place in items, array elements taken
// together. Like tree, it guesses that the key that came next last time is the
// next one, which is one comparison of bytes.
type xmlNode struct {
	tag     *xmlTag
	special bool   // its name is @ or #
	feed    int    // for rssPages
	quoted  []byte // the key as it was first spelled, quotes included
	object  uint64 // the object in which the key was last seen: twice there is a duplicate
	next    *xmlNode
	first   *xmlNode
	members map[string]*xmlNode // by name
}

// xmlNames finds the nodes of keys.
type xmlNames struct {
	root    *xmlNode
	count   int
	objects uint64   // objects seen so far
	unnoted keyStack // keys of objects being read that have no node to stay
	name    []byte   // scratch for decoded keys
}

// maxXMLNodes bounds the memory of nodes where keys are data.
const maxXMLNodes = 4096

// begin is called before an item.
func (n *xmlNames) begin() *xmlNode {
	if n.root == nil || n.count >= maxXMLNodes {
		n.root, n.count = &xmlNode{}, 0
	}
	return n.root
}

// xmlObject is an object being read.
type xmlObject struct {
	node    *xmlNode
	last    *xmlNode // the member read last
	number  uint64
	unnoted int
}

func (n *xmlNames) open(node *xmlNode) xmlObject {
	n.objects++
	return xmlObject{node: node, number: n.objects, unnoted: n.unnoted.begin()}
}

func (n *xmlNames) close(o *xmlObject) { n.unnoted.end(o.unnoted) }

// key returns the node of the key at data[i], and the offset of its value. It
// fails with errRepeated where the object has had the key.
func (n *xmlNames) key(o *xmlObject, data []byte, i int) (*xmlNode, int, error) {
	node, i, err := n.node(o, data, i)
	if err == nil {
		i, err = rawjson.Expect(data, rawjson.SkipSpace(data, i), ':')
	}
	return node, rawjson.SkipSpace(data, i), err
}

// node is key, with the offset behind the key.
func (n *xmlNames) node(o *xmlObject, data []byte, i int) (node *xmlNode, end int, err error) {
	if node = o.node.first; o.last != nil {
		node = o.last.next
	}
	if node != nil && bytes.HasPrefix(data[i:], node.quoted) {
		end = i + len(node.quoted)
	} else if node, end, err = n.find(o, data, i); err != nil {
		return nil, end, err
	}
	if node.object == o.number {
		return nil, end, errRepeated
	}
	node.object = o.number
	o.last = node
	return node, end, nil
}

// find is node for a wrong guess.
func (n *xmlNames) find(o *xmlObject, data []byte, i int) (*xmlNode, int, error) {
	if _, err := rawjson.Expect(data, i, '"'); err != nil {
		return nil, i, err
	}
	end, err := rawjson.SkipString(data, i)
	if err != nil {
		return nil, end, err
	}
	quoted := data[i:end]
	n.name = rawjson.AppendUnquoted(n.name[:0], quoted)
	member := o.node.members[string(n.name)]
	if member == nil {
		name := string(n.name)
		member = &xmlNode{tag: newXMLTag(xmlName(name)), special: name == "@" || name == "#"}
		if n.count >= maxXMLNodes || len(quoted) > flatten.LongestPath { // it is forgotten behind this object
			if n.unnoted.repeats(o.unnoted, quoted) {
				return nil, end, errRepeated
			}
			return member, end, nil
		}
		n.count++
		member.quoted = bytes.Clone(quoted)
		if o.node.members == nil {
			o.node.members = make(map[string]*xmlNode)
		}
		o.node.members[name] = member
	}
	if o.last == nil {
		o.node.first = member
	} else {
		o.last.next = member
	}
	return member, end, nil
}
