package export

import "bufio"

// CreateRaw is CreateFile for bytes that stay as they are, whatever the file's name.
func CreateRaw(path string) (*File, error) {
	f := &File{}
	if err := f.open(path); err != nil {
		return nil, err
	}
	f.buffer = bufio.NewWriterSize(f.file, fileBuffer)
	return f, nil
}
