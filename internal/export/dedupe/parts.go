package dedupe

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/apifyctl/apifyctl/internal/spool"
)

// parts are records by some bits of their keys.
type parts struct {
	dir   string
	level int // which bits
	all   [1 << partBits]*part
}

// maxLevel is how often there are further bits.
const maxLevel = 64/partBits - 1

func newParts(dir string, level int) *parts { return &parts{dir: dir, level: level} }

func (p *parts) add(k key, number uint64) error {
	i := k[0] >> (p.level * partBits) & (1<<partBits - 1)
	if p.all[i] == nil {
		p.all[i] = &part{spool: spool.Spool{Dir: p.dir}}
	}
	return p.all[i].add(k, number)
}

func (p *parts) close() (err error) {
	for _, part := range p.all {
		if part != nil {
			err = errors.Join(err, part.close())
		}
	}
	return err
}

// part is a list of records, in order.
type part struct {
	spool   spool.Spool
	buffer  []byte
	records int64
}

func (p *part) add(k key, number uint64) error {
	p.buffer = binary.LittleEndian.AppendUint64(p.buffer, k[0])
	p.buffer = binary.LittleEndian.AppendUint64(p.buffer, k[1])
	p.buffer = binary.LittleEndian.AppendUint64(p.buffer, number)
	p.records++
	if len(p.buffer) < smallBuffer {
		return nil
	}
	return p.flush()
}

func (p *part) flush() error {
	_, err := p.spool.Write(p.buffer)
	p.buffer = p.buffer[:0]
	return err
}

// each calls use for the records, which must have been flushed.
func (p *part) each(use func(k key, number uint64) error) error {
	reader := bufio.NewReaderSize(p.spool.Section(), 4*smallBuffer)
	for range p.records {
		var record [recordSize]byte
		if _, err := io.ReadFull(reader, record[:]); err != nil {
			return err
		}
		k := key{binary.LittleEndian.Uint64(record[:]), binary.LittleEndian.Uint64(record[8:])}
		if err := use(k, binary.LittleEndian.Uint64(record[16:])); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) close() error {
	p.buffer = nil
	return p.spool.Close()
}
