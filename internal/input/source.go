package input

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Stdin is what stdin is called among files.
const Stdin = "-"

// Opener finds out how files are to be read.
type Opener struct {
	Formats []Format  // that there are: Items or Requests
	Format  string    // the name of the one that all files have; "" finds it out
	Options Options   // for all files
	Stdin   io.Reader // what Stdin stands for

	// Remote opens what is no file, and says how large it is; ok is false for a file.
	// It may be nil.
	Remote func(path string) (open func() (io.ReadCloser, error), size int64, ok bool, err error)

	stdin *bufio.Reader // inflated
}

// ErrDirectory is what a file turned out to be.
var ErrDirectory = errors.New("is a directory")

// Source is a file, or stdin, and how it is to be read.
type Source struct {
	Name   string // for messages
	Size   int64  // of the file, in bytes on the disk; negative: not known
	Format Format

	options Options
	open    func(progress func(bytes int)) (io.ReadCloser, error)
}

// Source finds out how a file is to be read: by the name of a format, the file's
// ending, or else by how it begins. That an error wraps ErrFormat says that
// nothing told.
func (o *Opener) Source(path string) (Source, error) {
	s := Source{Name: path, Size: -1, options: o.Options}
	if path == Stdin {
		s.Name = "stdin"
		s.open = func(func(int)) (io.ReadCloser, error) { return io.NopCloser(o.stdin), nil }
		if o.stdin == nil {
			inflated, _, err := inflate(o.Stdin, "")
			if err != nil {
				return s, err
			}
			o.stdin = bufio.NewReaderSize(inflated, decodedBytes)
		}
	} else if open, size, ok, err := o.remote(path); ok || err != nil {
		if err != nil {
			return s, err
		}
		s.Size = size
		s.open = func(progress func(int)) (io.ReadCloser, error) {
			body, err := open()
			if err != nil {
				return nil, err
			}
			return inflated(body, path, progress)
		}
	} else {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return s, err
		case info.IsDir():
			return s, fmt.Errorf("%q %w", path, ErrDirectory)
		case info.Mode().IsRegular():
			s.Size = info.Size()
		}
		s.options.folder = filepath.Dir(path)
		s.open = func(progress func(int)) (io.ReadCloser, error) { return Open(path, progress) }
	}
	err := o.format(&s, path)
	if errors.Is(err, ErrFormat) {
		err = fmt.Errorf("%s: %w", s.Name, err)
	}
	return s, err
}

func (o *Opener) remote(path string) (open func() (io.ReadCloser, error), size int64, ok bool, err error) {
	if o.Remote == nil {
		return nil, 0, false, nil
	}
	return o.Remote(path)
}

func (o *Opener) format(s *Source, path string) (err error) {
	if err := CheckEncoding(o.Options.Encoding); err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if o.Format != "" {
		s.Format, err = Lookup(o.Formats, o.Format)
		return err
	}
	var known bool
	if s.Format, known = forPath(o.Formats, path); known {
		return nil
	}
	head, whole, err := o.head(s, path)
	if err != nil {
		return err
	}
	name, delimiter := sniff(head, whole, o.Formats, s.options)
	if name == "" {
		return fmt.Errorf("%w: it does not begin as one of %s does", ErrFormat, strings.Join(Names(o.Formats), ", "))
	}
	s.options.Delimiter = delimiter
	s.Format, err = Lookup(o.Formats, name)
	return err
}

// ErrEncoding is wrapped by errors that say that an encoding is not known.
var ErrEncoding = errors.New("--encoding")

// head is how a file begins; whole, that there is nothing more.
func (o *Opener) head(s *Source, path string) (head []byte, whole bool, err error) {
	const most = 16 << 10
	if path == Stdin {
		for len(head) < most && !tells(head) {
			if _, err = o.stdin.Peek(len(head) + 1); err != nil {
				break
			}
			head, _ = o.stdin.Peek(min(o.stdin.Buffered(), most))
		}
		if errors.Is(err, io.EOF) {
			return head, true, nil
		}
		return head, false, err
	}
	file, err := s.open(nil)
	if err != nil {
		return nil, false, err
	}
	head = make([]byte, most)
	n, err := io.ReadFull(file, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		whole, err = true, nil
	}
	return head[:n], whole, errors.Join(err, file.Close())
}

// Rows reads the source, from its start to its end, once. progress, which may be
// nil, is told of every number of bytes read from the disk. Errors name the
// source.
func (s Source) Rows(progress func(bytes int)) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		reader, err := s.open(progress)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer func() { _ = reader.Close() }() // it was read to its end, or has failed
		for row, err := range s.Format.Read(reader, s.options) {
			if err != nil {
				err = fmt.Errorf("%s: %w", s.Name, err)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Failed is an error about a row of the source.
func (s Source) Failed(row Row, err error) error {
	return fmt.Errorf("%s: %s: %w", s.Name, row.Position, err)
}

// URLs is a source of URLs that are given one by one.
func URLs(name string, urls []string) Source {
	return Source{Name: name, Size: -1, Format: Format{Name: "txt", Read: func(io.Reader, Options) iter.Seq2[Row, error] {
		return func(yield func(Row, error) bool) {
			for _, url := range urls {
				if !yield(urlRow(url, url), nil) {
					return
				}
			}
		}
	}}, open: func(func(int)) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }}
}

// TotalSize is the size of all sources on the disk; 0 where one's is not known.
func TotalSize(sources []Source) (total int64) {
	for _, s := range sources {
		if s.Size < 0 {
			return 0
		}
		total += s.Size
	}
	return total
}

// Text reads a text file that is small enough to be read whole, decoded as all
// input is.
func Text(path string) (text []byte, err error) {
	file, err := Open(path, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err = io.ReadAll(io.LimitReader(Decode(file, ""), MaxItem+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case len(text) > MaxItem:
		return nil, fmt.Errorf("%s: %w", path, &LimitError{Line: 1, What: "the text", Limit: MaxItem})
	}
	return text, nil
}
