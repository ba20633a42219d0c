package export

import (
	"bytes"
	"io"
	"os"
)

// blockSpool keeps blocks of columns to be read in any order: small data in
// memory, the rest in a temporary file.
type blockSpool struct {
	dir    string
	memory []byte
	file   *os.File
	named  bool // the file has a name, and goes in close
	size   int64
	blocks []spooledBlock
}

type spooledBlock struct {
	at    int64
	items int
	bytes int // of the page that it was
}

func (s *blockSpool) add(block []byte, items, size int) error {
	s.blocks = append(s.blocks, spooledBlock{at: s.size, items: items, bytes: size})
	if s.file == nil && s.size+int64(len(block)) <= spoolMemory {
		s.memory = append(s.memory, block...)
		s.size += int64(len(block))
		return nil
	}
	if s.file == nil {
		var err error
		if s.file, s.named, err = createSpool(s.dir); err != nil {
			return spoolError(err)
		}
		if _, err := s.file.WriteAt(s.memory, 0); err != nil {
			return spoolError(err)
		}
		s.memory = nil
	}
	_, err := s.file.WriteAt(block, s.size)
	s.size += int64(len(block))
	return spoolError(err)
}

func (s *blockSpool) source() io.ReaderAt {
	if s.file == nil {
		return bytes.NewReader(s.memory)
	}
	return s.file
}

// empty makes room for other blocks.
func (s *blockSpool) empty() error {
	s.blocks, s.memory, s.size = s.blocks[:0], s.memory[:0], 0
	if s.file == nil {
		return nil
	}
	return spoolError(s.file.Truncate(0))
}

func (s *blockSpool) close() error {
	if s.file == nil {
		return nil
	}
	err := closeSpool(s.file, s.named)
	s.file = nil
	return err
}
