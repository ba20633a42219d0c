package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// jsonEncoder writes one array with one item a line, each byte for byte as it
// came; to a terminal indented.
type jsonEncoder struct {
	framed
	indent, one bool
}

func newJSON(w io.Writer, o Options) (encoder, error) {
	e := &jsonEncoder{indent: o.Terminal, one: o.OneItem}
	e.framed = framed{w: w, head: "[\n", between: ",\n", foot: "\n]\n", empty: "[]\n"}
	if e.one {
		e.framed = framed{w: w, foot: "\n"}
	}
	return e, nil
}

func (e *jsonEncoder) worker() pageEncoder {
	if e.indent {
		return &indentedPages{one: e.one}
	}
	return jsonPages{}
}

func (e *jsonEncoder) end(items int64) error {
	if e.one && items != 1 {
		return errNotOneItem
	}
	return e.framed.end(items)
}

type jsonPages struct{}

func (jsonPages) encode(p *piece) error {
	p.reserve()
	for item, err := range rawjson.Elements(p.page) {
		if err != nil {
			return pageItemError(p.items, err)
		}
		if p.items > 0 {
			p.buf = append(p.buf, ',', '\n')
		}
		p.buf = append(p.buf, item...)
		p.items++
	}
	p.encoded()
	return nil
}

type indentedPages struct {
	one    bool
	pretty bytes.Buffer
}

func (e *indentedPages) encode(p *piece) error {
	p.buf = p.buf[:0]
	prefix := "  "
	if e.one {
		prefix = ""
	}
	for item, err := range rawjson.Elements(p.page) {
		if err != nil {
			return pageItemError(p.items, err)
		}
		if p.items > 0 {
			p.buf = append(p.buf, ',', '\n')
		}
		e.pretty.Reset()
		if err := json.Indent(&e.pretty, item, prefix, "  "); err != nil {
			return pageItemError(p.items, err)
		}
		p.buf = append(p.buf, prefix...)
		p.buf = append(p.buf, e.pretty.Bytes()...)
		p.items++
	}
	p.out = p.buf
	return nil
}

var errNotOneItem = errors.New("there is not exactly one item to write")
