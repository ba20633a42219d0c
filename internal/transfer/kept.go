package transfer

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// partialFile keeps the pages that an export has fetched. It begins with a line
// of JSON that says what was asked for; behind it each page has a head with its
// length, its place and a checksum. What a crash has left half written at the
// end is noticed and dropped.
type partialFile struct {
	file *os.File
	lock *atomicfile.Lock
	path string
	size int64 // of what is whole
	next int64 // where the page behind the last one begins
	some bool  // there is a page
}

// journal is the first line.
type journal struct {
	Version   int              `json:"version"`
	Dataset   string           `json:"dataset"`
	CreatedAt string           `json:"createdAt"`
	Modified  string           `json:"modifiedAt,omitempty"` // only where newer items may change the pages
	Items     api.ItemsOptions `json:"items"`
}

const journalVersion = 1

// ErrOtherExport means that what was kept is of another dataset, or of other flags.
var ErrOtherExport = errors.New("what was kept is of another export")

var errInUse = errors.New("another export is writing there")

// KeptPath is the file that keeps what was fetched: hidden beside the destination.
func KeptPath(destination string) string {
	return filepath.Join(filepath.Dir(destination), "."+filepath.Base(destination)+".apifyctl-resume")
}

// openPartial opens what was kept for a destination, or begins.
func openPartial(destination string, asked journal) (_ *partialFile, err error) {
	p := &partialFile{path: KeptPath(destination)}
	if p.lock, err = openLock(p.path + ".lock"); err != nil {
		return nil, err
	}
	locked, err := p.lock.Try(false)
	if err != nil || !locked {
		return nil, errors.Join(cmp.Or(err, errInUse), p.lock.Close())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.file, err = os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	line, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	reader := bufio.NewReader(p.file)
	known, err := reader.ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF): // new, or broken off in the first line
		if err := p.file.Truncate(0); err != nil {
			return nil, err
		}
		_, err = p.file.WriteAt(line, 0)
		p.size, p.next = int64(len(line)), asked.Items.Offset
		return p, err
	case err != nil:
		return nil, err
	case !bytes.Equal(known, line):
		return nil, fmt.Errorf("%w: %s", ErrOtherExport, p.path)
	}
	p.size, p.next = int64(len(line)), asked.Items.Offset
	for err == nil {
		_, err = p.readPage(reader)
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return p, p.file.Truncate(p.size)
}

func openLock(name string) (*atomicfile.Lock, error) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	lock, err := atomicfile.OpenLock(root, filepath.Base(name))
	return lock, errors.Join(err, root.Close())
}

// pageHead is what stands before each page.
type pageHead struct {
	Length, Next, Count, Total int64
	Sum                        uint32
}

// maxKeptPage bounds what a damaged head can ask for.
const maxKeptPage = 1 << 31

// readPage reads the next page and moves size and next behind it. io.EOF stands
// for the end, and for what is not whole.
func (p *partialFile) readPage(r io.Reader) (api.Page, error) {
	var head pageHead
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return api.Page{}, broken(err)
	}
	if head.Length < 0 || head.Length > maxKeptPage {
		return api.Page{}, io.EOF
	}
	data := make([]byte, head.Length)
	if _, err := io.ReadFull(r, data); err != nil {
		return api.Page{}, broken(err)
	}
	if head.sum(data) != head.Sum {
		return api.Page{}, io.EOF
	}
	p.size += int64(binary.Size(head)) + head.Length
	p.next, p.some = head.Next, true
	return api.Page{Data: data, Count: int(head.Count), Total: head.Total, Next: head.Next}, nil
}

func (h pageHead) sum(data []byte) uint32 {
	sum := crc32.ChecksumIEEE(data)
	for _, number := range []int64{h.Length, h.Next, h.Count, h.Total} {
		sum = crc32.Update(sum, crc32.IEEETable, binary.LittleEndian.AppendUint64(nil, uint64(number))) //nolint:gosec // the bits count
	}
	return sum
}

// broken makes one of the two ways to end.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// add keeps a page.
func (p *partialFile) add(page api.Page) error {
	head := pageHead{Length: int64(len(page.Data)), Next: page.Next, Count: int64(page.Count), Total: page.Total}
	head.Sum = head.sum(page.Data)
	var text bytes.Buffer
	if err := binary.Write(&text, binary.LittleEndian, head); err != nil {
		return err
	}
	text.Write(page.Data)
	if _, err := p.file.WriteAt(text.Bytes(), p.size); err != nil {
		return err
	}
	p.size += int64(text.Len())
	p.next, p.some = page.Next, true
	return nil
}

// kept yields the pages that are there; use reports whether to go on.
func (p *partialFile) kept(use func(api.Page) bool) error {
	reader := bufio.NewReaderSize(io.NewSectionReader(p.file, 0, p.size), 1<<20)
	if _, err := reader.ReadBytes('\n'); err != nil {
		return err
	}
	copied := *p // its position is that behind the last page
	for {
		page, err := copied.readPage(reader)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || !use(page) {
			return err
		}
	}
}

func (p *partialFile) close() error {
	var err error
	if p.file != nil {
		err = p.file.Close()
	}
	err = errors.Join(err, p.lock.Close())
	if removeErr := os.Remove(p.path + ".lock"); !errors.Is(removeErr, os.ErrNotExist) {
		err = errors.Join(err, removeErr)
	}
	return err
}

// remove ends the keeping.
func (p *partialFile) remove() error {
	closeErr := p.file.Close()
	p.file = nil
	return errors.Join(closeErr, os.Remove(p.path), p.close())
}
