package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
)

// KeyValue is something that a file says of itself.
type KeyValue struct{ Key, Value string }

// Writer puts chunks into a file.
type Writer struct {
	layout *Layout
	codec  Compression
	w      io.Writer
	at     int64
	groups []rowGroup
	open   rowGroup
	rows   int64
}

type rowGroup struct {
	rows                     int64
	columns                  []byte // as the footer has them
	count                    int
	start                    int64
	compressed, uncompressed int64
}

const magic = "PAR1"

// NewWriter begins a file.
func NewWriter(w io.Writer, l *Layout, c Compression) (*Writer, error) {
	f := &Writer{layout: l, codec: c, w: w}
	return f, f.write([]byte(magic))
}

func (f *Writer) write(data []byte) error {
	n, err := f.w.Write(data)
	f.at += int64(n)
	return err
}

// Write writes a chunk; those of a row group follow the order of the columns.
func (f *Writer) Write(c *Chunk) error {
	if f.open.count == 0 {
		f.open.start = f.at
	}
	start := f.at
	if err := f.write(c.Dictionary); err != nil {
		return err
	}
	pages := f.at
	if err := f.write(c.Pages); err != nil {
		return err
	}
	t := thrift{out: f.open.columns}
	c.describe(&t, f.codec, start, pages, f.at)
	f.open.columns = t.out
	f.open.count++
	f.open.compressed += f.at - start
	f.open.uncompressed += c.uncompressed
	return nil
}

// describe writes what the footer says of a chunk, which is between the offsets
// start and end and whose pages of data begin at pages.
func (c *Chunk) describe(t *thrift, codec Compression, start, pages, end int64) {
	encodings := []int64{encodingRLE}
	if c.plain || c.coded {
		encodings = append(encodings, encodingPlain)
	}
	if c.coded {
		encodings = append(encodings, encodingDictionary)
	}
	t.begin()
	t.i64(2, start)
	t.structure(3)
	t.i32(1, c.column.physical)
	t.list(2, thriftI32, len(encodings))
	for _, encoding := range encodings {
		t.out = binary.AppendVarint(t.out, encoding)
	}
	t.list(3, thriftBinary, len(c.column.path))
	for _, name := range c.column.path {
		t.element(name)
	}
	t.i32(4, int(codec))
	t.i64(5, c.values)
	t.i64(6, c.uncompressed)
	t.i64(7, end-start)
	t.i64(9, pages)
	if pages > start {
		t.i64(11, start)
	}
	t.structure(12)
	t.i64(3, c.nulls)
	if c.hasStatistics {
		t.text(5, string(c.high))
		t.text(6, string(c.low))
	}
	t.end()
	t.end()
	t.end()
}

// EndGroup ends a row group.
func (f *Writer) EndGroup(rows int64) {
	f.open.rows = rows
	f.groups = append(f.groups, f.open)
	f.rows += rows
	f.open = rowGroup{}
}

// Close writes the footer. Version is the program's.
func (f *Writer) Close(version string, metadata []KeyValue) error {
	t := &thrift{}
	t.begin()
	t.i32(1, 2)
	f.layout.elements(t)
	t.i64(3, f.rows)
	t.list(4, thriftStruct, len(f.groups))
	for i := range f.groups {
		f.groups[i].describe(t, i)
	}
	if len(metadata) > 0 {
		t.list(5, thriftStruct, len(metadata))
		for _, pair := range metadata {
			t.begin()
			t.text(1, pair.Key)
			t.text(2, pair.Value)
			t.end()
		}
	}
	t.text(6, fmt.Sprintf("apifyctl version %s", version))
	t.list(7, thriftStruct, len(f.layout.Columns))
	for range f.layout.Columns {
		t.begin()
		t.empty(1) // the order of the type
		t.end()
	}
	t.end()
	footer := binary.LittleEndian.AppendUint32(t.out, uint32(len(t.out)))
	return f.write(append(footer, magic...))
}

func (g *rowGroup) describe(t *thrift, ordinal int) {
	const most = 1<<15 - 1
	t.begin()
	t.list(1, thriftStruct, g.count)
	t.out = append(t.out, g.columns...)
	t.i64(2, g.uncompressed)
	t.i64(3, g.rows)
	t.i64(5, g.start)
	t.i64(6, g.compressed)
	if ordinal <= most {
		t.i16(7, ordinal)
	}
	t.end()
}
