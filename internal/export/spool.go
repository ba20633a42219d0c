package export

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/apifyctl/apifyctl/internal/sink"
)

// spoolMemory is how many bytes of pages a spool holds before it goes to disk.
const spoolMemory = 4 << 20

// spoolHead is how many bytes are before a page in the file.
const spoolHead = 24

const fileBuffer = 256 << 10

// spool keeps pages for a second pass: small data in memory, the rest in a
// temporary file, uncompressed because compressing costs more time than it
// saves. Each page has its length, the number of its items and its columns in 8
// bytes each before it.
type spool struct {
	dir    string
	pages  []spooled // what is in memory; nil once there is a file
	size   int64
	file   *os.File
	buffer *bufio.Writer
	reader *bufio.Reader // once it was rewound
	left   int64         // bytes of pages that reader has not handed out
	named  bool          // the file has a name, and goes in close
}

type spooled struct {
	page    []byte
	items   int
	columns int // which ones: a number that whoever adds the page gives a meaning; 0 where it has none
}

// add keeps a page, and reports whether it took the memory over.
func (s *spool) add(p spooled) (kept bool, err error) {
	if s.file == nil && s.size+int64(len(p.page)) <= spoolMemory {
		s.pages = append(s.pages, p)
		s.size += int64(len(p.page))
		return true, nil
	}
	if s.file == nil {
		if err := s.open(); err != nil {
			return false, spoolError(err)
		}
	}
	s.size += int64(len(p.page))
	return false, spoolError(s.write(p))
}

// createSpool makes a temporary file. Without a name not even a killed process
// leaves litter. Windows does not remove a file that is open: there whoever closes
// it has to.
func createSpool(dir string) (file *os.File, named bool, err error) {
	file, err = os.CreateTemp(dir, "apifyctl-*.spool")
	if err != nil {
		return nil, false, err
	}
	return file, os.Remove(file.Name()) != nil, nil
}

// closeSpool ends what createSpool made.
func closeSpool(file *os.File, named bool) error {
	err := file.Close()
	if named {
		err = sink.Both(err, os.Remove(file.Name()))
	}
	return spoolError(err)
}

func (s *spool) open() error {
	var err error
	if s.file, s.named, err = createSpool(s.dir); err != nil {
		return err
	}
	s.buffer = bufio.NewWriterSize(s.file, fileBuffer)
	for _, page := range s.pages {
		if err := s.write(page); err != nil {
			return err
		}
	}
	s.pages = nil
	return nil
}

func (s *spool) write(p spooled) error {
	var head [spoolHead]byte
	binary.LittleEndian.PutUint64(head[:], uint64(len(p.page)))
	binary.LittleEndian.PutUint64(head[8:], uint64(p.items))
	binary.LittleEndian.PutUint64(head[16:], uint64(p.columns))
	if _, err := s.buffer.Write(head[:]); err != nil {
		return err
	}
	_, err := s.buffer.Write(p.page)
	return err
}

// rewind ends the adding; next begins with the first page.
func (s *spool) rewind() error {
	if s.file == nil {
		return nil
	}
	if err := s.buffer.Flush(); err != nil {
		return spoolError(err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return spoolError(err)
	}
	s.reader, s.left = bufio.NewReaderSize(s.file, fileBuffer), s.size
	return nil
}

// next hands out the pages in order, with the numbers of their items, and
// reports whether there was one.
func (s *spool) next(p *piece) (bool, error) {
	if s.file == nil {
		if len(s.pages) == 0 {
			return false, nil
		}
		p.page, p.counted, p.columns = s.pages[0].page, s.pages[0].items, s.pages[0].columns
		s.pages[0] = spooled{}
		s.pages = s.pages[1:]
		return true, nil
	}
	if s.left == 0 {
		return false, nil
	}
	var head [spoolHead]byte
	if _, err := io.ReadFull(s.reader, head[:]); err != nil {
		return false, spoolError(err)
	}
	n := int(binary.LittleEndian.Uint64(head[:]))
	p.counted = int(binary.LittleEndian.Uint64(head[8:]))
	p.columns = int(binary.LittleEndian.Uint64(head[16:]))
	if cap(p.spooled) < n {
		p.spooled = make([]byte, n)
	}
	p.page = p.spooled[:n]
	if _, err := io.ReadFull(s.reader, p.page); err != nil {
		return false, spoolError(err)
	}
	s.left -= int64(n)
	return true, nil
}

func (s *spool) close() error {
	s.pages = nil
	if s.file == nil {
		return nil
	}
	err := closeSpool(s.file, s.named)
	s.file = nil
	return err
}

func spoolError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("spool file for the first of two passes: %w", err)
}
