package export

import (
	"bytes"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// feedElements are the elements that feed readers look for, each with the
// members that can be it, best first. A reader wants them in this order.
func feedElements() []feedElement {
	return []feedElement{
		{name: "title", sources: []string{"title", "name", "headline", "url", "id"}, content: (*rssPages).appendText},
		{name: "link", sources: []string{"link", "url", "loadedUrl"}, content: (*rssPages).appendLink},
		{name: "guid", sources: []string{"guid", "id", "url", "link"}, content: (*rssPages).appendGUID},
		{
			name:    "pubDate",
			sources: []string{"pubDate", "publishedAt", "datePublished", "date", "createdAt", "updatedAt", "crawledAt", "scrapedAt"},
			content: (*rssPages).appendDate,
		},
	}
}

type feedElement struct {
	name    string
	sources []string
	// content appends the element with text inside, or reports that text cannot be
	// there.
	content func(e *rssPages, dst, text []byte) ([]byte, bool)

	members []int   // the sources, as indices of rssPages.members
	escaped *xmlTag // of a member that has the name but cannot be the element
}

type rssPages struct {
	elements *xmlElements
	item     *xmlTag
	standard []feedElement
	wanted   []string // names of members that may be sources
	members  [][]byte // of the item at hand, those of them
	head     []byte   // its standard elements
	scratch  []byte
}

func newRSSPages() *rssPages {
	e := &rssPages{elements: newXMLElements(), item: newXMLTag("item"), standard: feedElements()}
	for i := range e.standard {
		element := &e.standard[i]
		element.escaped = newXMLTag(nameEscape(rune(element.name[0])) + element.name[1:])
		for _, name := range element.sources {
			at := slices.Index(e.wanted, name)
			if at < 0 {
				at = len(e.wanted)
				e.wanted = append(e.wanted, name)
			}
			element.members = append(element.members, at)
		}
	}
	e.members = make([][]byte, len(e.wanted))
	return e
}

func (e *rssPages) encode(p *piece) error { return eachItem(p, e.appendItem) }

// appendItem appends an item. The standard elements come before its members, but
// are known when all members have been read: then they are put before them.
func (e *rssPages) appendItem(dst, data []byte, i int) ([]byte, int, error) {
	if i < len(data) && data[i] != '{' {
		return e.elements.item(dst, e.item, data, i)
	}
	dst = append(dst, e.item.start...)
	start := len(dst)
	dst, i, err := e.appendMembers(dst, data, i)
	if err != nil {
		return dst, i, err
	}
	e.head = e.head[:0]
	for _, element := range e.standard {
		e.head = e.appendElement(e.head, &element)
	}
	dst = slices.Insert(dst, start, e.head...)
	return append(dst, e.item.end...), i, nil
}

// appendMembers appends the members that are no standard elements, and notes
// those that standard elements can come from.
func (e *rssPages) appendMembers(dst, data []byte, i int) ([]byte, int, error) {
	clear(e.members)
	names := &e.elements.names
	i, err := rawjson.Expect(data, i, '{')
	if err != nil {
		return dst, i, err
	}
	i = rawjson.SkipSpace(data, i)
	if i < len(data) && data[i] == '}' {
		return dst, i + 1, nil
	}
	o := names.open(names.begin())
	defer names.close(&o)
	for more := true; more; {
		member, at, err := names.key(&o, data, i)
		if err != nil {
			return dst, at, err
		}
		if dst, i, err = e.appendMember(dst, member, data, at); err != nil {
			return dst, i, err
		}
		if i, more, err = rawjson.Separator(data, i, '}'); err != nil {
			return dst, i, err
		}
	}
	return dst, i, nil
}

// What xmlNode.feed is: 0 for a node that was not looked at yet, noSource, or
// the index in rssPages.members and 1.
const noSource = -1

func (e *rssPages) appendMember(dst []byte, member *xmlNode, data []byte, i int) ([]byte, int, error) {
	if member.feed == 0 {
		// The names that are looked for are legal, so tags have them as they are.
		if member.feed = slices.Index(e.wanted, member.tag.name) + 1; member.feed == 0 {
			member.feed = noSource
		}
	}
	tag := member.tag
	if member.feed != noSource {
		end, err := rawjson.SkipValue(data, i)
		if err != nil {
			return dst, end, err
		}
		e.members[member.feed-1] = data[i:end]
		if at := slices.IndexFunc(e.standard, func(s feedElement) bool { return s.name == tag.name }); at >= 0 {
			var usable bool
			if e.scratch, usable = e.appendFrom(e.scratch[:0], &e.standard[at], data[i:end]); usable {
				return dst, end, nil
			}
			tag = e.standard[at].escaped
		}
	}
	return e.elements.value(dst, member, tag, data, i, 1)
}

// appendElement appends a standard element, from the first member that can be
// it.
func (e *rssPages) appendElement(dst []byte, element *feedElement) []byte {
	for _, member := range element.members {
		if out, ok := e.appendFrom(dst, element, e.members[member]); ok {
			return out
		}
	}
	return dst
}

// appendFrom appends a standard element if the value of a member can be it.
func (e *rssPages) appendFrom(dst []byte, element *feedElement, value []byte) ([]byte, bool) {
	switch {
	case value == nil:
		return dst, false
	case value[0] == '"':
		return element.content(e, dst, e.elements.text.text(value))
	case value[0] == '-', value[0] >= '0' && value[0] <= '9':
		return element.content(e, dst, value)
	}
	return dst, false
}

func (e *rssPages) appendText(dst, text []byte) ([]byte, bool) {
	if len(bytes.TrimSpace(text)) == 0 {
		return dst, false
	}
	dst = e.elements.text.escape(append(dst, "<title>"...), text)
	return append(dst, "</title>"...), true
}

func (e *rssPages) appendLink(dst, text []byte) ([]byte, bool) {
	if !isWebAddress(text) {
		return dst, false
	}
	dst = e.elements.text.escape(append(dst, "<link>"...), text)
	return append(dst, "</link>"...), true
}

func (e *rssPages) appendGUID(dst, text []byte) ([]byte, bool) {
	if len(bytes.TrimSpace(text)) == 0 {
		return dst, false
	}
	if isWebAddress(text) {
		dst = append(dst, "<guid>"...)
	} else {
		dst = append(dst, `<guid isPermaLink="false">`...)
	}
	dst = e.elements.text.escape(dst, text)
	return append(dst, "</guid>"...), true
}

func (*rssPages) appendDate(dst, text []byte) ([]byte, bool) {
	date, ok := feedDate(text)
	if !ok {
		return dst, false
	}
	dst = date.AppendFormat(append(dst, "<pubDate>"...), rfc822)
	return append(dst, "</pubDate>"...), true
}
