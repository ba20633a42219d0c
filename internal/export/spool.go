package export

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how many bytes of pages a spool holds before it goes to disk.
const spoolMemory = 8 << 20

// spool keeps pages for a second pass: small data in memory, the rest in a
// temporary file, uncompressed because compressing costs more time than it
// saves. Each page has its length in 8 bytes before it.
type spool struct {
	dir      string
	pages    [][]byte // what is in memory; nil once there is a file
	size     int64
	file     *os.File
	buffer   *bufio.Writer
	unlinked bool // the file has no name any more
}

func (s *spool) add(page []byte) error {
	if s.file == nil && s.size+int64(len(page)) <= spoolMemory {
		s.pages = append(s.pages, append([]byte(nil), page...))
		s.size += int64(len(page))
		return nil
	}
	if s.file == nil {
		if err := s.open(); err != nil {
			return spoolError(err)
		}
	}
	s.size += int64(len(page))
	return spoolError(s.write(page))
}

func (s *spool) open() error {
	file, err := os.CreateTemp(s.dir, "apifyctl-*.spool")
	if err != nil {
		return err
	}
	// Without a name not even a killed process leaves litter. Windows does not
	// remove a file that is open: there it goes in close.
	s.unlinked = os.Remove(file.Name()) == nil
	s.file = file
	s.buffer = bufio.NewWriterSize(file, fileBuffer)
	for _, page := range s.pages {
		if err := s.write(page); err != nil {
			return err
		}
	}
	s.pages = nil
	return nil
}

func (s *spool) write(page []byte) error {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(page)))
	if _, err := s.buffer.Write(length[:]); err != nil {
		return err
	}
	_, err := s.buffer.Write(page)
	return err
}

// replay hands out the pages in order, and lets go of each page in memory that
// was handed out. It can be called once.
func (s *spool) replay(use func(page []byte) error) error {
	if s.file == nil {
		for i, page := range s.pages {
			s.pages[i] = nil
			if err := use(page); err != nil {
				return err
			}
		}
		s.pages = nil
		return nil
	}
	if err := s.buffer.Flush(); err != nil {
		return spoolError(err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return spoolError(err)
	}
	reader := bufio.NewReaderSize(s.file, fileBuffer)
	var page []byte
	for left := s.size; left > 0; left -= int64(len(page)) {
		var length [8]byte
		if _, err := io.ReadFull(reader, length[:]); err != nil {
			return spoolError(err)
		}
		n := int(binary.LittleEndian.Uint64(length[:]))
		if cap(page) < n {
			page = make([]byte, n)
		}
		page = page[:n]
		if _, err := io.ReadFull(reader, page); err != nil {
			return spoolError(err)
		}
		if err := use(page); err != nil {
			return err
		}
	}
	return nil
}

func (s *spool) close() error {
	s.pages = nil
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if !s.unlinked {
		err = both(err, os.Remove(s.file.Name()))
	}
	s.file = nil
	return spoolError(err)
}

func spoolError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("spool file for the first of two passes: %w", err)
}
