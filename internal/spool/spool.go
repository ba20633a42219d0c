// Package spool keeps bytes that are to be read again.
package spool

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// Spool keeps bytes to be read again: in memory as long as they are few, else
// in a temporary file. Where the system can, the file has no name, so that not
// even a killed process leaves it.
type Spool struct {
	Dir string // where the file is; "": os.TempDir()

	memory []byte
	file   *os.File
	named  bool // the file has a name, and goes in Close
	size   int64
}

// inMemory is how much of a value is held in memory.
const inMemory = 256 << 10

// Write keeps more bytes.
func (s *Spool) Write(p []byte) (int, error) {
	if s.file == nil && len(s.memory)+len(p) > inMemory {
		file, err := os.CreateTemp(s.Dir, "apifyctl-*.tmp")
		if err != nil {
			return 0, err
		}
		s.file, s.named = file, os.Remove(file.Name()) != nil
		if _, err := file.Write(s.memory); err != nil {
			return 0, err
		}
		s.memory = nil
	}
	var n int
	var err error
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		s.memory = append(s.memory, p...)
		n = len(p)
	}
	s.size += int64(n)
	return n, err
}

// Size is how many bytes were written.
func (s *Spool) Size() int64 { return s.size }

// Reset empties the spool.
func (s *Spool) Reset() error {
	err := s.Close()
	*s = Spool{Dir: s.Dir}
	return err
}

// Open reads from the start; any number of readers may be open.
func (s *Spool) Open() (io.ReadCloser, error) {
	return io.NopCloser(s.Section()), nil
}

// Section reads from the start, and from anywhere else.
func (s *Spool) Section() *io.SectionReader {
	if s.file != nil {
		return io.NewSectionReader(s.file, 0, s.size)
	}
	return io.NewSectionReader(bytes.NewReader(s.memory), 0, s.size)
}

// Sum is the SHA-256 of what was written, in hexadecimal digits.
func (s *Spool) Sum() (string, error) {
	reader, err := s.Open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, reader); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Close removes what is on disk.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	s.file = nil
	return err
}
