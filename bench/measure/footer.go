package main

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// countParquet reads how many rows the footer of a Parquet file says there are.
func countParquet(r io.Reader, items int) error {
	file, ok := r.(*os.File)
	if !ok {
		return errors.New("a Parquet file is read from a file")
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var end [8]byte
	if _, err := file.ReadAt(end[:], info.Size()-8); err != nil {
		return err
	}
	if string(end[4:]) != "PAR1" {
		return errors.New("no Parquet file")
	}
	footer := make([]byte, binary.LittleEndian.Uint32(end[:]))
	if _, err := file.ReadAt(footer, info.Size()-8-int64(len(footer))); err != nil {
		return err
	}
	const rows = 3
	f := &compact{data: footer}
	for field := 0; field < rows; {
		head := f.byte()
		field += int(head >> 4)
		if field == rows {
			return wrote(int(f.varint()), items)
		}
		f.skip(head & 15)
	}
	return errors.New("the footer has no number of rows")
}

// compact reads Thrift's compact protocol.
type compact struct{ data []byte }

func (c *compact) byte() byte {
	b := c.data[0]
	c.data = c.data[1:]
	return b
}

func (c *compact) varint() int64 {
	value, size := binary.Varint(c.data)
	c.data = c.data[size:]
	return value
}

func (c *compact) length() int {
	value, size := binary.Uvarint(c.data)
	c.data = c.data[size:]
	return int(value)
}

// skip passes over a value of a kind.
func (c *compact) skip(kind byte) {
	switch kind {
	case 1, 2: // booleans, which are in the head
	case 3:
		c.byte()
	case 4, 5, 6:
		c.varint()
	case 7:
		c.data = c.data[8:]
	case 8:
		c.data = c.data[c.length():]
	case 9, 10:
		head := c.byte()
		count := int(head >> 4)
		if count == 15 {
			count = c.length()
		}
		for range count {
			c.skip(head & 15)
		}
	case 12:
		for head := c.byte(); head != 0; head = c.byte() {
			if head>>4 == 0 {
				c.varint()
			}
			c.skip(head & 15)
		}
	}
}
