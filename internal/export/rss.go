package export

import (
	"io"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// rssEncoder writes RSS 2.0: an <item> an item, its members as in XML. Feed
// readers look for title, link, guid and pubDate. Where an item lacks one, it
// comes from a member that means the same; dates are written as RSS has them. A
// member of one of these names that cannot be it, a link that is no address for
// example, has the first letter of its name escaped as in xmlName.
type rssEncoder struct{ framed }

// What stands in for the elements that feed readers look for, best first.
func rssSources() map[string][]string {
	return map[string][]string{
		"title":   {"title", "name", "headline", "url", "id"},
		"link":    {"link", "url", "loadedUrl"},
		"guid":    {"guid", "id", "url", "link"},
		"pubDate": {"pubDate", "publishedAt", "datePublished", "date", "createdAt", "updatedAt", "crawledAt", "scrapedAt"},
	}
}

const (
	feedTitle       = "Dataset"
	feedDescription = "Items in dataset."
	feedLink        = "https://console.apify.com/storage/datasets"
)

func newRSS(w io.Writer, o Options) (encoder, error) {
	text := newXMLText()
	head := []byte(xmlDeclaration + "<rss version=\"2.0\">\n<channel>\n")
	for _, element := range [][3]string{
		{"title", o.FeedTitle, feedTitle},
		{"description", o.FeedDescription, feedDescription},
		{"link", o.FeedLink, feedLink},
	} {
		name, content := element[0], element[1]
		if content == "" {
			content = element[2]
		}
		head = append(head, "<"+name+">"...)
		head = text.escape(head, []byte(content))
		head = append(head, "</"+name+">\n"...)
	}
	return &rssEncoder{framed{w: w, head: string(head), foot: "</channel>\n</rss>\n"}}, nil
}

func (*rssEncoder) worker() pageEncoder {
	e := &rssPages{elements: newXMLElements(), sources: rssSources(), wanted: map[string]bool{}, members: map[string][]byte{}}
	for _, sources := range e.sources {
		for _, name := range sources {
			e.wanted[name] = true
		}
	}
	return e
}

type rssPages struct {
	elements *xmlElements
	sources  map[string][]string
	wanted   map[string]bool   // names of members that may be sources
	members  map[string][]byte // of the item at hand, those of them
}

func (e *rssPages) encode(p *piece) error {
	return eachUnique(p, func(dst, item []byte) ([]byte, error) {
		dst, err := e.item(dst, item)
		return append(dst, '\n'), err
	})
}

func (e *rssPages) item(dst, item []byte) ([]byte, error) {
	if item[0] != '{' {
		return e.elements.nested(dst, newXMLTag("item"), item, 0)
	}
	dst = append(dst, "<item>"...)
	if err := e.find(item); err != nil {
		return dst, err
	}
	for _, name := range [...]string{"title", "link", "guid", "pubDate"} {
		dst = e.standard(dst, name)
	}
	mark := e.elements.keys.begin()
	defer e.elements.keys.end(mark)
	for m, err := range rawjson.Members(item) {
		if err != nil {
			return dst, err
		}
		if e.elements.keys.repeats(mark, m.Key) {
			return dst, errDuplicate
		}
		tag := e.elements.tag(m.Key)
		if e.sources[tag.name] != nil {
			if e.usable(tag.name, m.Value) {
				continue // written above
			}
			tag = newXMLTag(nameEscape(rune(tag.name[0])) + tag.name[1:])
		}
		if dst, err = e.elements.value(dst, tag, m.Value, 1); err != nil {
			return dst, err
		}
	}
	return append(dst, "</item>"...), nil
}

// find notes the members that the standard elements can come from.
func (e *rssPages) find(item []byte) error {
	clear(e.members)
	for m, err := range rawjson.Members(item) {
		if err != nil {
			return err
		}
		// The names that are looked for are legal, so tags have them as they are.
		if name := e.elements.tag(m.Key).name; e.wanted[name] {
			e.members[name] = m.Value
		}
	}
	return nil
}

// standard appends an element that feed readers look for, from the first
// member that can be it.
func (e *rssPages) standard(dst []byte, name string) []byte {
	for _, source := range e.sources[name] {
		value := e.members[source]
		if value == nil || !e.usable(name, value) {
			continue
		}
		content := e.elements.text.scalar(nil, value)
		open := "<" + name + ">"
		switch name {
		case "guid":
			if !isWebAddress([]byte(scalarText(value))) {
				open = `<guid isPermaLink="false">`
			}
		case "pubDate":
			date, _ := feedDate(scalarText(value)) // usable has read it
			content = []byte(date)
		}
		dst = append(append(dst, open...), content...)
		return append(dst, "</"+name+">"...)
	}
	return dst
}

// usable reports whether a value can be the standard element of that name.
func (*rssPages) usable(name string, value []byte) bool {
	if value[0] != '"' && value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return false
	}
	text := scalarText(value)
	switch name {
	case "link":
		return isWebAddress([]byte(text))
	case "pubDate":
		_, ok := feedDate(text)
		return ok
	}
	return strings.TrimSpace(text) != ""
}

func scalarText(value []byte) string {
	if value[0] == '"' {
		return string(rawjson.AppendUnquoted(nil, value))
	}
	return string(value)
}

// feedDate writes a date as RSS has it: RFC 822 with a year of four digits.
func feedDate(text string) (string, bool) {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly, time.RFC1123Z, time.RFC1123} {
		if date, err := time.Parse(layout, text); err == nil {
			return date.Format(time.RFC1123Z), true
		}
	}
	return "", false
}
