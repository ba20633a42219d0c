// Package inflate decompresses gzip and deflate from memory to memory. A page of
// items arrives as a whole and is wanted as a whole: without a window to slide
// and a reader to ask for more, most of what a streaming decoder spends its time
// on goes away.
package inflate

import (
	"errors"
	"io"
)

// ErrCorrupt is compressed data that breaks the rules of RFC 1951 or RFC 1952, or
// whose text has another checksum or length than it says.
var ErrCorrupt = errors.New("corrupt compressed data")

// ErrTooLarge is a text that is longer than was wanted.
var ErrTooLarge = errors.New("the text is larger than wanted")

// Slack is how many bytes behind the text decoding writes to: the longest match,
// and what copying in large steps overshoots by. A dst with room for the text and
// as much is not replaced.
const Slack = 320

const (
	// ahead is how many bytes of input the fast loop may read in one round.
	ahead = 32
	// maxRatio bounds how much a byte of input can become: 258 bytes in 2 bits.
	maxRatio = 1032
)

// A Decoder holds the tables that decoding needs. The zero value is ready; it is
// for one goroutine at a time.
type Decoder struct {
	in   []byte
	next int    // index of the first byte of in that is not in bits
	bits uint64 // the input's next bits, the next one lowest
	have uint   // how many of bits count; those above are zero or will be read again

	out   []byte // full length; what counts ends at size
	size  int
	limit int
	start int // where the text of the current member begins: matches reach no further back

	literals  [litSize]uint32
	distances [distSize]uint32
	fixed     bool // the tables are those of blocks with fixed codes
	lengths   [maxLitCodes + maxDistCodes]uint8
	sorted    [maxLitCodes]uint16
}

func (d *Decoder) begin(dst, src []byte, limit int) {
	if limit <= 0 {
		limit = int(^uint(0)>>1) - len(dst) - Slack
	}
	d.in, d.next, d.bits, d.have = src, 0, 0, 0
	d.out, d.size, d.start = dst[:cap(dst)], len(dst), len(dst)
	d.limit = limit + len(dst)
}

// stream decodes blocks up to the last one and leaves d.next behind the last
// byte that it took.
func (d *Decoder) stream() error {
	for last := false; !last; {
		header, err := d.take(3)
		if err != nil {
			return err
		}
		last = header&1 == 1
		switch header >> 1 {
		case 0:
			err = d.stored()
		case 1:
			d.fixedTables()
			err = d.block()
		case 2:
			if err = d.dynamicTables(); err == nil {
				err = d.block()
			}
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return err
		}
	}
	d.align()
	return nil
}

// fill gets as many bits as fit, fewer where the input ends.
func (d *Decoder) fill() {
	for d.have <= 56 && d.next < len(d.in) {
		d.bits |= uint64(d.in[d.next]) << d.have
		d.next++
		d.have += 8
	}
}

func (d *Decoder) take(count uint) (uint64, error) {
	if d.have < count {
		if d.fill(); d.have < count {
			return 0, io.ErrUnexpectedEOF
		}
	}
	value := d.bits & (1<<count - 1)
	d.bits >>= count
	d.have -= count
	return value, nil
}

// align drops what is left of a byte and gives whole ones back.
func (d *Decoder) align() {
	d.next -= int(d.have / 8)
	d.bits, d.have = 0, 0
}

func (d *Decoder) stored() error {
	d.align()
	if len(d.in)-d.next < 4 {
		return io.ErrUnexpectedEOF
	}
	head := d.in[d.next : d.next+4]
	length := int(head[0]) | int(head[1])<<8
	if length^0xffff != int(head[2])|int(head[3])<<8 {
		return ErrCorrupt
	}
	d.next += 4
	if err := d.room(length); err != nil {
		return err
	}
	copied := copy(d.out[d.size:d.size+length], d.in[d.next:])
	d.size += copied
	d.next += copied
	if copied < length {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// room makes place for so many bytes of text.
func (d *Decoder) room(count int) error {
	if d.size+count > d.limit {
		return ErrTooLarge
	}
	if d.size+count > len(d.out) {
		d.grow(count)
	}
	return nil
}

func (d *Decoder) grow(count int) {
	size := max(d.size+count+Slack, 2*len(d.out), 4096)
	if d.limit < size-Slack { // d.limit+Slack may overflow
		size = d.limit + Slack
	}
	grown := make([]byte, size)
	copy(grown, d.out[:d.size])
	d.out = grown
}
