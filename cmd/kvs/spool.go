package kvs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// spool keeps bytes to be read again: in memory as long as they are few, else
// in a temporary file.
type spool struct {
	memory []byte
	file   *os.File
	size   int64
}

// inMemory is how much of a value is held in memory.
const inMemory = 256 << 10

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && len(s.memory)+len(p) > inMemory {
		file, err := os.CreateTemp("", "apifyctl-*.tmp")
		if err != nil {
			return 0, err
		}
		s.file = file
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

// reset empties the spool.
func (s *spool) reset() error {
	err := s.close()
	*s = spool{}
	return err
}

// open reads from the start; any number of readers may be open.
func (s *spool) open() (io.ReadCloser, error) {
	if s.file != nil {
		return io.NopCloser(io.NewSectionReader(s.file, 0, s.size)), nil
	}
	return io.NopCloser(bytes.NewReader(s.memory)), nil
}

func (s *spool) sum() (string, error) {
	reader, err := s.open()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, reader); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// close removes what is on disk.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
