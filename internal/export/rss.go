package export

import (
	"io"
)

// rssEncoder writes RSS 2.0: an <item> an item, its members as in XML. Feed
// readers look for title, link, guid and pubDate. Where an item lacks one, it
// comes from a member that means the same; dates are written as RSS has them. A
// member of one of these names that cannot be it, a link that is no address for
// example, has the first letter of its name escaped as in xmlName.
type rssEncoder struct{ framed }

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

func (*rssEncoder) worker() pageEncoder { return newRSSPages() }
