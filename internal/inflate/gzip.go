package inflate

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Flags of a gzip header (RFC 1952, 2.3.1).
const (
	hasHeaderSum = 1 << 1
	hasExtra     = 1 << 2
	hasName      = 1 << 3
	hasComment   = 1 << 4
)

// Gzip appends the text of all gzip members in src to dst. Data that ends before
// a member does is io.ErrUnexpectedEOF. limit bounds the text, in bytes; 0 is no
// bound. What came before an error is returned with it, unchecked.
func (d *Decoder) Gzip(dst, src []byte, limit int) ([]byte, error) {
	if len(src) == 0 {
		return dst, io.ErrUnexpectedEOF
	}
	if hint := TextSize(src); limit <= 0 || hint <= limit {
		if need := len(dst) + hint + Slack; need > cap(dst) {
			grown := make([]byte, len(dst), need)
			copy(grown, dst)
			dst = grown
		}
	}
	d.begin(dst, src, limit)
	var err error
	for err == nil && d.next < len(d.in) {
		err = d.member()
	}
	text := d.out[:d.size]
	d.in, d.out = nil, nil
	return text, err
}

// TextSize is how long a gzip file says that its text is, or 0 where that cannot
// be. Only with a single member below 4 GB it is the truth.
func TextSize(src []byte) int {
	if len(src) < 18 {
		return 0
	}
	size := int64(binary.LittleEndian.Uint32(src[len(src)-4:]))
	if size > int64(len(src))*maxRatio {
		return 0
	}
	return int(size)
}

func (d *Decoder) member() error {
	begin := d.next
	head := d.in[begin:]
	if len(head) < 10 {
		return io.ErrUnexpectedEOF
	}
	if head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 {
		return ErrCorrupt
	}
	flags := head[3]
	d.next += 10
	if flags&hasExtra != 0 {
		if len(d.in)-d.next < 2 {
			return io.ErrUnexpectedEOF
		}
		d.next += 2 + int(binary.LittleEndian.Uint16(d.in[d.next:]))
	}
	for _, flag := range [...]byte{hasName, hasComment} {
		if flags&flag == 0 {
			continue
		}
		length := bytes.IndexByte(d.in[min(d.next, len(d.in)):], 0)
		if length < 0 {
			return io.ErrUnexpectedEOF
		}
		d.next += length + 1
	}
	if flags&hasHeaderSum != 0 {
		if len(d.in)-d.next < 2 {
			return io.ErrUnexpectedEOF
		}
		if binary.LittleEndian.Uint16(d.in[d.next:]) != headerSum(d.in[begin:d.next]) {
			return ErrCorrupt
		}
		d.next += 2
	}
	if d.next >= len(d.in) {
		return io.ErrUnexpectedEOF
	}
	d.start = d.size
	if err := d.stream(); err != nil {
		return err
	}
	if len(d.in)-d.next < 8 {
		return io.ErrUnexpectedEOF
	}
	text := d.out[d.start:d.size]
	sum, size := binary.LittleEndian.Uint32(d.in[d.next:]), binary.LittleEndian.Uint32(d.in[d.next+4:])
	d.next += 8
	if sum != crc32.ChecksumIEEE(text) || size != uint32(len(text)) {
		return ErrCorrupt
	}
	return nil
}

func headerSum(header []byte) uint16 { return uint16(crc32.ChecksumIEEE(header)) }
