package main

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
)

// sink takes text that may have been compressed beforehand.
type sink interface {
	text(plain []byte, packed []byte) error
	end() error
}

type plain struct{ w io.Writer }

func (p plain) text(text, _ []byte) error { _, err := p.w.Write(text); return err }
func (plain) end() error                  { return nil }

// packed writes gzip from deflate blocks.
type packed struct {
	w    io.Writer
	sum  uint32
	size uint32
	err  error
}

func newPacked(w io.Writer) *packed {
	_, err := w.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255})
	return &packed{w: w, err: err}
}

func (p *packed) text(text, blocks []byte) error {
	if p.err != nil || len(text) == 0 {
		return p.err
	}
	p.sum, p.size = crc32.Update(p.sum, crc32.IEEETable, text), p.size+uint32(len(text))
	if blocks == nil { // a few bytes: a stored block
		blocks = binary.LittleEndian.AppendUint16([]byte{0}, uint16(len(text)))
		blocks = binary.LittleEndian.AppendUint16(blocks, ^uint16(len(text)))
		blocks = append(blocks, text...)
	}
	_, p.err = p.w.Write(blocks)
	return p.err
}

func (p *packed) end() error {
	if p.err != nil {
		return p.err
	}
	tail := binary.LittleEndian.AppendUint32([]byte{1, 0, 0, 255, 255}, p.sum) // an empty last block
	_, err := p.w.Write(binary.LittleEndian.AppendUint32(tail, p.size))
	return err
}

// page writes a range of items in one format.
type page struct {
	data                *data
	out                 sink
	mediaType           string
	head, between, foot string
	text                func(*run) (text, packed []byte)
}

func pageOf(format string, d *data) *page {
	switch format {
	case "jsonl":
		return &page{
			data: d, mediaType: "application/x-ndjson",
			text: func(r *run) ([]byte, []byte) { return r.jsonl, r.packedL },
		}
	case "csv":
		return &page{
			data: d, mediaType: "text/csv", head: "\ufeff" + strings.Join(d.columns, ",") + "\n",
			text: func(r *run) ([]byte, []byte) { return r.csv, r.csz },
		}
	}
	return &page{
		data: d, mediaType: "application/json; charset=utf-8", head: "[", between: ",", foot: "]",
		text: func(r *run) ([]byte, []byte) { return r.json, r.packed },
	}
}

func (p *page) write(offset, count int) error {
	before, start := p.head, offset
	for count > 0 {
		if err := p.out.text([]byte(before), nil); err != nil {
			return err
		}
		c, first := p.data.chunk(offset/chunkItems), offset%chunkItems
		n, made := 1, &c.items[first]
		switch {
		case first == 0 && count >= chunkItems:
			n, made = chunkItems, &c.run
		case first%tenItems == 0 && count >= tenItems:
			n, made = tenItems, &c.tens[first/tenItems]
		}
		text, blocks := p.text(made)
		if err := p.out.text(text, blocks); err != nil {
			return err
		}
		offset, count, before = offset+n, count-n, p.between
	}
	if offset == start { // no item
		if err := p.out.text([]byte(p.head), nil); err != nil {
			return err
		}
	}
	if err := p.out.text([]byte(p.foot), nil); err != nil {
		return err
	}
	return p.out.end()
}
