package dataset

import (
	"errors"
	"io"
	"os"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// itemFiles reads the files of one folder.
type itemFiles struct {
	root *os.Root
	dir  *os.File // the same folder
	fd   int      // dir's
}

func openItemFiles(folders *os.Root, name string) (*itemFiles, error) {
	root, err := folders.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &itemFiles{root, dir, int(dir.Fd())}, nil
}

func (f *itemFiles) close() error { return errors.Join(f.dir.Close(), f.root.Close()) }

// readWhole reads a file to its end, into buffer as long as it fits.
func (f *itemFiles) readWhole(buffer []byte, name string) (text []byte, err error) {
	file, err := atomicfile.OpenRegular(f.root, name, os.O_RDONLY)
	if err != nil {
		return buffer, err
	}
	for {
		if len(buffer) == cap(buffer) {
			grown := make([]byte, len(buffer), max(firstBuffer, 2*cap(buffer)))
			copy(grown, buffer)
			buffer = grown
		}
		n, err := file.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if errors.Is(err, io.EOF) {
			return buffer, file.Close()
		}
		if err != nil {
			return buffer, errors.Join(err, file.Close())
		}
	}
}

// firstBuffer is larger than most items.
const firstBuffer = 32 << 10
