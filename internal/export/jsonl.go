package export

import (
	"bytes"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// jsonlEncoder writes an item a line, byte for byte as it came, except that
// line ends inside an item, which can only be white space, become spaces.
type jsonlEncoder struct {
	w     io.Writer
	items int64
}

func newJSONL(w io.Writer, _ Options) (Encoder, error) { return &jsonlEncoder{w: w}, nil }

// EncodePage turns the page into lines in place: behind each item there is at
// least the comma or bracket that the line end takes the place of. Lines never
// grow past the item that is being read, because an item's line end is only
// set when the next item has been found.
func (e *jsonlEncoder) EncodePage(page []byte) (int, error) {
	const start = 1 // where the first item is, unless white space precedes it
	n, end := 0, start
	for item, err := range rawjson.Elements(page) {
		if err != nil {
			return n, itemError(e.items+1, err)
		}
		n++
		e.items++
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
	if n == 0 {
		return 0, nil
	}
	page[end] = '\n'
	_, err := e.w.Write(page[start : end+1])
	return n, err
}

func (*jsonlEncoder) Finish() error { return nil }
func (*jsonlEncoder) Close() error  { return nil }

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
