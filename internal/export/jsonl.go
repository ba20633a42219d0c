package export

import (
	"bytes"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// jsonlEncoder writes an item a line, byte for byte as it came, except that
// line ends inside an item, which can only be white space, become spaces.
type jsonlEncoder struct{ framed }

func newJSONL(w io.Writer, _ Options) (encoder, error) {
	return &jsonlEncoder{framed{w: w}}, nil
}

func (*jsonlEncoder) worker() pageEncoder { return &jsonlPages{} }

type jsonlPages struct{ ends []int }

// encode turns the page into lines in place: behind each item there is at
// least the comma or bracket that the line end takes the place of. Where nothing
// else is between the items, that is all there is to do.
func (e *jsonlPages) encode(p *piece) (err error) {
	e.ends, err = rawjson.Ends(p.page, e.ends[:0])
	p.items = len(e.ends)
	if err != nil {
		return pageItemError(p.items, err)
	}
	if p.items == 0 {
		return nil
	}
	page := p.page
	blankLineEnds(page)
	first := rawjson.Following(page, bytes.IndexByte(page, '['))
	item, end := first, first // in the page, and of the lines
	for i, itemEnd := range e.ends {
		following := 0
		if i+1 < len(e.ends) {
			following = rawjson.Following(page, itemEnd)
		}
		if item != end {
			copy(page[end:], page[item:itemEnd])
		}
		end += itemEnd - item
		page[end] = '\n'
		end++
		item = following
	}
	p.out = page[first:end]
	return nil
}

func blankLineEnds(page []byte) {
	for _, c := range [...]byte{'\n', '\r'} {
		for rest := page; ; {
			i := bytes.IndexByte(rest, c)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}
