package records

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"path"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// newValue is what a client sent: a small value in memory, a larger one in a
// temporary file that is on the disk.
type newValue struct {
	text   []byte
	staged string // the file, in the folder of temporary files; "" for a small value
	size   int64
	sum    uint32 // see note
}

// smallValue is the largest that waits in memory, to be brought to the disk
// together with others.
const smallValue = 64 << 10

// receive reads the body, decompressed. Nothing is locked meanwhile. done is to
// be called when the value has been stored, or not.
func (h *Handler) receive(r *http.Request) (value newValue, done func() error, err error) {
	done = func() error { return nil }
	plain, err := wire.Decompressed(r.Header.Get("Content-Encoding"), r.Body)
	if err != nil {
		return value, done, err
	}
	body := sentBody{plain}
	var small bytes.Buffer
	if r.ContentLength > 0 {
		small.Grow(int(min(r.ContentLength, smallValue)) + bytes.MinRead)
	}
	if _, err := small.ReadFrom(io.LimitReader(body, smallValue+1)); err != nil {
		return value, done, err
	}
	if text := small.Bytes(); len(text) <= smallValue {
		return newValue{text: text, size: int64(len(text)), sum: crc32.Checksum(text, castagnoli())}, done, nil
	}
	if done, err = h.Enter(); err != nil {
		return value, func() error { return nil }, err
	}
	root, err := h.Root()
	if err != nil {
		return value, done, err
	}
	defer directory.Closing(root, &err)
	value, err = stage(root, io.MultiReader(&small, body))
	return value, done, err
}

// stage writes a value to a temporary file that is on the disk when stage
// returns.
func stage(root *os.Root, from io.Reader) (value newValue, err error) {
	file, name, err := durable.CreateTemporary(root)
	if err != nil {
		return value, err
	}
	sum := crc32.New(castagnoli())
	value.size, err = io.CopyBuffer(io.MultiWriter(file, sum), from, make([]byte, 128<<10))
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return newValue{}, errors.Join(err, root.Remove(name))
	}
	value.staged, value.sum = path.Base(name), sum.Sum32()
	return value, nil
}

// sentBody tells a body that cannot be read, which is the sender's fault, from a
// file that cannot be written.
type sentBody struct{ from io.Reader }

func (b sentBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = wire.BodyError(err)
	}
	return n, err
}
