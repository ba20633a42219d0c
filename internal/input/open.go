package input

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// ForPath is the format that a file's name tells, looking through .gz and .zst.
func ForPath(path string) (Format, error) {
	name := strings.ToLower(filepath.Base(path))
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch ending := strings.TrimPrefix(filepath.Ext(name), "."); ending {
	case "ndjson":
		return Lookup("jsonl")
	default:
		return Lookup(ending)
	}
}

// File is an input file, inflated where its name ends in .gz or .zst.
type File struct {
	io.Reader
	file     *os.File
	inflater io.Closer
}

// Open opens a file for reading. progress, which may be nil, is told of every
// number of bytes read from the disk.
func Open(path string, progress func(bytes int)) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	counted := &counter{r: file, progress: progress}
	f := &File{Reader: counted, file: file}
	switch {
	case strings.HasSuffix(strings.ToLower(path), ".gz"):
		inflater, err := gzip.NewReader(counted)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
		}
		f.Reader, f.inflater = inflater, inflater
	case strings.HasSuffix(strings.ToLower(path), ".zst"):
		inflater, err := zstd.NewReader(counted)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
		}
		closer := inflater.IOReadCloser()
		f.Reader, f.inflater = closer, closer
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error {
	var err error
	if f.inflater != nil {
		err = f.inflater.Close()
	}
	return errors.Join(err, f.file.Close())
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
