package dedupe

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/spool"
)

// spilled decides which items stay when all of them have been seen. Pages wait in
// a file; keys, with the numbers of their items, are in parts by their first bits,
// each of which fits into memory or is parted again.
type spilled struct {
	options Options
	pages   spool.Spool
	buffer  *bufio.Writer
	parts   *parts
	items   uint64 // the number of the next one; 0 is that of those that were handed on before
	dropped [][]byte
	ranges  []*spool.Spool // the numbers of items that are dropped, by rangeItems
}

const (
	partBits   = 6
	recordSize = 24
	// rangeItems is of how many items it is known at once which are dropped.
	rangeItems  = 1 << 26
	fileBuffer  = 256 << 10
	smallBuffer = 4 << 10
)

func newSpilled(o Options) *spilled {
	s := &spilled{options: o, items: 1, parts: newParts(o.Dir, 0)}
	s.pages.Dir = o.Dir
	s.buffer = bufio.NewWriterSize(&s.pages, fileBuffer)
	return s
}

// add takes in the key of an item that was handed on before.
func (s *spilled) add(k key) error { return failed(s.parts.add(k, 0)) }

// page keeps a page for later.
func (s *spilled) page(j *job) error {
	for _, k := range j.keys {
		if k != none {
			if err := s.parts.add(k, s.items); err != nil {
				return failed(err)
			}
		}
		s.items++
	}
	var head [8]byte
	binary.LittleEndian.PutUint64(head[:], uint64(len(j.page)))
	if _, err := s.buffer.Write(head[:]); err != nil {
		return failed(err)
	}
	_, err := s.buffer.Write(j.page)
	return failed(err)
}

// drain hands out all pages that were kept, as long as use wants them.
func (s *spilled) drain(use func(*job) bool) error {
	if err := s.buffer.Flush(); err != nil {
		return failed(err)
	}
	s.buffer = nil
	if err := s.resolve(s.parts); err != nil {
		return failed(err)
	}
	if err := s.flushRanges(); err != nil {
		return failed(err)
	}
	return failed(s.readPages(use))
}

func (s *spilled) readPages(use func(*job) bool) error {
	reader := bufio.NewReaderSize(s.pages.Section(), fileBuffer)
	number, bits, current := uint64(1), []byte(nil), -1
	j := &job{}
	for left := s.pages.Size(); left > 0; {
		var head [8]byte
		if _, err := io.ReadFull(reader, head[:]); err != nil {
			return err
		}
		size := binary.LittleEndian.Uint64(head[:])
		left -= int64(size) + int64(len(head))
		j.page = make([]byte, size) // whoever takes it keeps it
		if _, err := io.ReadFull(reader, j.page); err != nil {
			return err
		}
		var err error
		if j.ends, err = rawjson.Ends(j.page, j.ends[:0]); err != nil {
			return err
		}
		j.drop = j.drop[:0]
		for range j.ends {
			if r := int(number / rangeItems); r != current {
				if bits, err = s.bits(r, bits); err != nil {
					return err
				}
				current = r
			}
			at := number % rangeItems
			j.drop = append(j.drop, bits != nil && bits[at/8]>>(at%8)&1 == 1)
			number++
		}
		if !use(j) {
			return nil
		}
	}
	return nil
}

// resolve finds what is dropped among the items of some parts.
func (s *spilled) resolve(p *parts) error {
	for _, part := range p.all {
		if part == nil {
			continue
		}
		if err := part.flush(); err != nil {
			return err
		}
		if part.records <= int64(s.options.most) || p.level >= maxLevel {
			if err := s.decide(part); err != nil {
				return err
			}
		} else {
			finer := newParts(s.options.Dir, p.level+1)
			err := part.each(finer.add)
			if err == nil {
				err = errors.Join(part.close(), s.resolve(finer))
			}
			if err = errors.Join(err, finer.close()); err != nil {
				return err
			}
		}
		if err := part.close(); err != nil {
			return err
		}
	}
	return nil
}

// decide finds what is dropped among items that have been in one order all the way.
func (s *spilled) decide(part *part) error {
	known := newTable(s.options.most, true)
	return part.each(func(k key, number uint64) error {
		before, there := known.put(k, number)
		switch {
		case !there:
			return nil
		case s.options.Last:
			return s.drop(before)
		}
		return s.drop(number)
	})
}

func (s *spilled) drop(number uint64) error {
	r := int(number / rangeItems)
	for len(s.ranges) <= r {
		s.ranges, s.dropped = append(s.ranges, &spool.Spool{Dir: s.options.Dir}), append(s.dropped, nil)
	}
	s.dropped[r] = binary.LittleEndian.AppendUint64(s.dropped[r], number)
	if len(s.dropped[r]) < smallBuffer {
		return nil
	}
	_, err := s.ranges[r].Write(s.dropped[r])
	s.dropped[r] = s.dropped[r][:0]
	return err
}

func (s *spilled) flushRanges() error {
	for r, numbers := range s.dropped {
		if _, err := s.ranges[r].Write(numbers); err != nil {
			return err
		}
	}
	s.dropped = nil
	return nil
}

// bits has a bit for each item of a range, set for those that are dropped; nil
// where there is none.
func (s *spilled) bits(r int, bits []byte) ([]byte, error) {
	if r >= len(s.ranges) || s.ranges[r].Size() == 0 {
		return nil, nil
	}
	size := min(rangeItems, s.items)/8 + 1
	if uint64(cap(bits)) < size {
		bits = make([]byte, size)
	}
	bits = bits[:size]
	clear(bits)
	reader := bufio.NewReaderSize(s.ranges[r].Section(), 4*smallBuffer)
	for range s.ranges[r].Size() / 8 {
		var number [8]byte
		if _, err := io.ReadFull(reader, number[:]); err != nil {
			return nil, err
		}
		at := binary.LittleEndian.Uint64(number[:]) % rangeItems
		bits[at/8] |= 1 << (at % 8)
	}
	return bits, nil
}

func (s *spilled) close() error {
	err := errors.Join(s.pages.Close(), s.parts.close())
	for _, r := range s.ranges {
		err = errors.Join(err, r.Close())
	}
	return failed(err)
}

func failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("temporary files for finding duplicates: %w", err)
}
