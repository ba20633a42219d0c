package input

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// File is an input file, inflated.
type File struct {
	io.Reader
	file   io.Closer
	closed func() error // of what inflates
}

// Open opens a file for reading, inflated where it begins as gzip or Zstandard
// does. A name that ends in .gz or .zst and lies is an error. progress, which may
// be nil, is told of every number of bytes read from the disk.
func Open(path string, progress func(bytes int)) (*File, error) {
	file, err := os.Open(path) //nolint:gosec // the file that the user names
	if err != nil {
		return nil, err
	}
	return inflated(file, path, progress)
}

// inflated takes over what was opened.
func inflated(file io.ReadCloser, path string, progress func(bytes int)) (*File, error) {
	inflated, closed, err := inflate(&counter{r: file, progress: progress}, path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return &File{Reader: inflated, file: file, closed: closed}, nil
}

// Close closes the file.
func (f *File) Close() error { return errors.Join(f.closed(), f.file.Close()) }

// maxWindow is how far back Zstandard may refer, which is what it takes of
// memory: as much as its own program allows.
const maxWindow = 128 << 20

// inflate inflates what is compressed; it is read as a stream, with memory that
// does not depend on what it inflates to. name may be empty.
func inflate(r io.Reader, name string) (_ io.Reader, closed func() error, _ error) {
	buffered := bufio.NewReaderSize(r, decodedBytes)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	name = strings.ToLower(name)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}) || strings.HasSuffix(name, ".gz"):
		inflater, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, errors.New("not gzip, as its name says")
		}
		return &compressed{inflater, "gzip"}, inflater.Close, nil
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) || strings.HasSuffix(name, ".zst"):
		inflater, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nil, err
		}
		return &compressed{inflater, "Zstandard"}, inflater.IOReadCloser().Close, nil
	}
	return buffered, func() error { return nil }, nil
}

// compressed says what is wrong with compressed data.
type compressed struct {
	r    io.Reader
	kind string
}

func (c *compressed) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case err == nil || err == io.EOF: //nolint:errorlint // a wrapped one is no end
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the %s data is cut off", c.kind)
	case corrupt, errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, zstd.ErrMagicMismatch), errors.Is(err, zstd.ErrCRCMismatch):
		err = fmt.Errorf("the %s data is damaged", c.kind)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = fmt.Errorf("the %s data needs more than %d MB of memory", c.kind, maxWindow>>20)
	}
	return n, err
}

type counter struct {
	r        io.Reader
	progress func(int)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.progress != nil {
		c.progress(n)
	}
	return n, err
}
