package export

import (
	"bytes"
	"io"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/parquet"
)

// encoder writes one format. Pages are encoded apart from each other by
// several goroutines, and written in their order by one.
type encoder interface {
	// begin is called once, before all others, with the columns of the items
	// in formats that have columns, and with nil in others.
	begin(columns *flatten.Columns) error
	// worker makes what one goroutine encodes pages with.
	worker() pageEncoder
	// write puts an encoded page into its place.
	write(p *piece) error
	// end writes what is left and the format's end.
	end(items int64) error
}

type newEncoder = func(io.Writer, Options) (encoder, error)

// pageEncoder encodes single pages.
type pageEncoder interface {
	// encode reads p.page, which it may overwrite, and sets p.items and p.out.
	encode(p *piece) error
}

// piece is a page on its way.
type piece struct {
	page     []byte // items as a complete JSON array
	fresh    bool   // nobody has looked at page yet
	release  func([]byte)
	items    int
	out      []byte       // what the page became: a part of page, or of buf
	buf      []byte       // memory that is used again
	growth   float64      // bytes of the last page in buf, for each that it had before; 0: not known
	spooled  []byte       // likewise, for page
	deflated bytes.Buffer // likewise, for out
	found    []flatten.Column
	layout   *flatten.Columns // what the rows have that a row spool gets
	columns  int              // which ones rows from a row spool have: a number of layouts
	counted  int              // its items, where they are known before it is encoded; else 0
	first    int64            // of its items, counted from 0; only where the format asks for it
	sheet    []sheetPart
	chunk    parquet.Chunk
	profiled profiled
	err      error
	done     chan struct{}
}

// letGo gives the page's memory back as soon as nothing refers to it any more: the
// next page needs it.
func (p *piece) letGo() {
	if p.release != nil {
		p.release(p.page)
	}
	p.page, p.release = nil, nil
}

// sequential is a format whose pages depend on each other: they are encoded
// where others are only written.
type sequential struct {
	pages interface {
		encodePage(page []byte) (items int, err error)
		finish() error
	}
}

func (sequential) begin(*flatten.Columns) error { return nil }
func (sequential) worker() pageEncoder          { return untouched{} }

func (s sequential) write(p *piece) (err error) {
	p.items, err = s.pages.encodePage(p.page)
	return err
}

func (s sequential) end(int64) error { return s.pages.finish() }

type untouched struct{}

func (untouched) encode(*piece) error { return nil }

// framed is a text format that has something before, between and behind its
// encoded pages.
type framed struct {
	w       io.Writer
	head    string
	between string // pages that are not empty
	foot    string
	empty   string // instead of head and foot where there is no item; "": as with items
	started bool
}

func (*framed) begin(*flatten.Columns) error { return nil }

func (f *framed) write(p *piece) error {
	if len(p.out) == 0 {
		return nil
	}
	before := f.between
	if !f.started {
		before = f.head
	}
	f.started = true
	if before != "" {
		if _, err := io.WriteString(f.w, before); err != nil {
			return err
		}
	}
	_, err := f.w.Write(p.out)
	return err
}

func (f *framed) end(int64) error {
	text := f.foot
	switch {
	case f.started:
	case f.empty != "":
		text = f.empty
	default:
		text = f.head + f.foot
	}
	if text == "" {
		return nil
	}
	_, err := io.WriteString(f.w, text)
	return err
}
