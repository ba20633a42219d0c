package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// jsonEncoder writes one array with one item a line, each byte for byte as it
// came; to a terminal indented.
type jsonEncoder struct {
	output
	indent bool
	one    bool
	items  int64
	pretty bytes.Buffer
}

func newJSON(w io.Writer, o Options) (Encoder, error) {
	return &jsonEncoder{output: output{w: w}, indent: o.Terminal, one: o.OneItem}, nil
}

func (e *jsonEncoder) EncodePage(page []byte) (int, error) {
	n := 0
	for item, err := range rawjson.Elements(page) {
		if err != nil {
			return n, itemError(e.items+1, err)
		}
		n++
		e.items++
		if err := e.item(item); err != nil {
			return n, err
		}
	}
	return n, e.flush()
}

func (e *jsonEncoder) item(item []byte) error {
	switch {
	case e.one && e.items > 1:
		return errNotOneItem
	case e.one:
	case e.items == 1:
		e.buf = append(e.buf, '[', '\n')
	default:
		e.buf = append(e.buf, ',', '\n')
	}
	if e.indent {
		return e.indented(item)
	}
	e.buf = append(e.buf, item...)
	return e.spill()
}

func (e *jsonEncoder) indented(item []byte) error {
	prefix := "  "
	if e.one {
		prefix = ""
	}
	e.pretty.Reset()
	if err := json.Indent(&e.pretty, item, prefix, "  "); err != nil {
		return itemError(e.items, err)
	}
	e.buf = append(e.buf, prefix...)
	e.buf = append(e.buf, e.pretty.Bytes()...)
	return e.spill()
}

func (e *jsonEncoder) Finish() error {
	switch {
	case e.one && e.items != 1:
		return errNotOneItem
	case e.one:
		e.buf = append(e.buf, '\n')
	case e.items == 0:
		e.buf = append(e.buf, '[', ']', '\n')
	default:
		e.buf = append(e.buf, '\n', ']', '\n')
	}
	return e.flush()
}

func (*jsonEncoder) Close() error { return nil }

var errNotOneItem = errors.New("there is not exactly one item to write")

// itemError names the item, counted from 1 over all pages.
func itemError(number int64, err error) error {
	return fmt.Errorf("item %d: %w", number, err)
}
