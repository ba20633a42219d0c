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

func (*jsonlEncoder) worker() pageEncoder { return jsonlPages{} }

type jsonlPages struct{}

// encode turns the page into lines in place: behind each item there is at
// least the comma or bracket that the line end takes the place of. Lines never
// grow past the item that is being read, because an item's line end is only
// set when the next item has been found.
func (jsonlPages) encode(p *piece) error {
	const start = 1 // where the first item is, unless white space precedes it
	page, end := p.page, start
	for item, err := range rawjson.Elements(page) {
		if err != nil {
			return pageItemError(p.items, err)
		}
		p.items++
		if end > start {
			page[end] = '\n'
			end++
		}
		blankLineEnds(item)
		if &page[end] != &item[0] {
			copy(page[end:], item)
		}
		end += len(item)
	}
	if p.items > 0 {
		page[end] = '\n'
		p.out = page[start : end+1]
	}
	return nil
}

func blankLineEnds(item []byte) {
	for _, c := range [...]byte{'\n', '\r'} {
		for rest := item; ; {
			i := bytes.IndexByte(rest, c)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
}
