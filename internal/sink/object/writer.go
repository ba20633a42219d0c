package object

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/spool"
)

// buffers is how many parts are held: those that are under way, and the one that
// is being filled once it is less than that. Parts of a unit are in memory, 64 MB;
// larger ones are in temporary files.
const buffers = 4

// abortTime is how long a store may take to forget an upload.
const abortTime = 20 * time.Second

// castagnoli is the polynomial of CRC32C.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Writer is a sink that becomes an object. It is not for use by several goroutines.
type Writer struct {
	where  string
	upload Upload
	traits Traits
	keep   bool // Abort leaves what was sent for a later --resume
	sizes  Sizes
	ctx    context.Context //nolint:containedctx // of one upload, which is made by writing
	cancel context.CancelCauseFunc

	free    chan *buffer
	jobs    chan *buffer
	workers sync.WaitGroup
	once    sync.Once // ends the workers

	current *buffer
	number  int // of the current part
	size    int64
	crc     uint32
	sum     hash.Hash // nil unless the store keeps it for several parts, too
	items   int64
	done    bool
}

// buffer holds a part.
type buffer struct {
	number int
	limit  int64
	size   int64
	memory []byte
	file   *spool.Spool // instead of memory, for large parts
}

// NewWriter writes to an upload. where is the address, for messages.
func NewWriter(ctx context.Context, where string, upload Upload, keep bool, sizes Sizes) *Writer {
	w := &Writer{where: where, upload: upload, traits: upload.Traits(), keep: keep, sizes: sizes, items: -1}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.free, w.jobs = make(chan *buffer, buffers), make(chan *buffer)
	for range buffers {
		w.free <- &buffer{}
	}
	if w.traits.Hash {
		w.sum = sha256.New()
	}
	for range min(w.traits.AtOnce, buffers) {
		w.workers.Go(w.send)
	}
	return w
}

// CountItems notes what the object holds.
func (w *Writer) CountItems(n int64) { w.items = n }

func (w *Writer) send() {
	for b := range w.jobs {
		if err := w.part(b); err != nil {
			w.cancel(err)
		}
		w.free <- b
	}
}

func (w *Writer) part(b *buffer) error {
	if err := w.failure(); err != nil {
		return err
	}
	part, err := b.part()
	if err != nil {
		return err
	}
	return w.upload.Part(w.ctx, part)
}

// failure is why nothing more can be sent; nil as long as all goes well.
func (w *Writer) failure() error {
	if w.ctx.Err() == nil {
		return nil
	}
	return context.Cause(w.ctx)
}

func (w *Writer) Write(p []byte) (n int, err error) {
	if w.done {
		return 0, fs.ErrClosed
	}
	for len(p) > 0 {
		if w.current == nil || w.current.size == w.current.limit {
			if err := w.turn(); err != nil {
				return n, At(w.where, err)
			}
		}
		piece := p[:min(int64(len(p)), w.current.limit-w.current.size)]
		if err := w.current.add(piece); err != nil {
			return n, err
		}
		w.crc = crc32.Update(w.crc, castagnoli(), piece)
		if w.sum != nil {
			_, _ = w.sum.Write(piece) // never fails
		}
		w.size += int64(len(piece))
		n, p = n+len(piece), p[len(piece):]
	}
	return n, nil
}

// turn hands the full buffer over and begins the next.
func (w *Writer) turn() error {
	if w.current != nil {
		select {
		case w.jobs <- w.current:
			w.current = nil
		case <-w.ctx.Done():
			return w.failure()
		}
	}
	if w.number == MaxParts {
		return &Error{Kind: Mistaken, Problem: "it is too large for an object: 5 TB are the most"}
	}
	select {
	case w.current = <-w.free:
	case <-w.ctx.Done():
		return w.failure()
	}
	w.number++
	return w.current.begin(w.number, w.sizes(w.number))
}

// Commit sends what is left and has the object appear. When that fails nothing is
// left of it, unless it is kept for a later --resume.
func (w *Writer) Commit() error {
	if w.done {
		return fs.ErrClosed
	}
	err := w.commit()
	if Unknown.Is(err) {
		w.done = true // aborting could undo what was done
		w.close()
		return At(w.where, err)
	}
	if err != nil {
		w.keep = w.keep && !Exists.Is(err) // going on with it would come to the same end
		return both(At(w.where, err), w.Abort())
	}
	w.done = true
	w.close()
	return nil
}

// both is an error and what went wrong while cleaning up after it, on one line.
func both(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return fmt.Errorf("%w; %w", err, cleanup)
}

func (w *Writer) commit() error {
	if w.current == nil { // nothing was written
		if err := w.turn(); err != nil {
			return err
		}
	}
	w.stop()
	if err := w.failure(); err != nil {
		return err
	}
	last, err := w.current.part()
	if err != nil {
		return err
	}
	whole := Whole{Parts: w.number, Size: w.size, CRC32C: w.crc, Items: w.items}
	switch {
	case w.sum != nil:
		whole.SHA256 = w.sum.Sum(nil)
	case w.number == 1:
		sum := sha256.Sum256(w.current.memory)
		whole.SHA256 = sum[:]
	}
	return w.upload.Commit(w.ctx, last, whole)
}

// stop waits for the parts that are under way.
func (w *Writer) stop() {
	w.once.Do(func() { close(w.jobs) })
	w.workers.Wait()
}

// Abort has the store forget the upload, also when the command was interrupted.
// After Commit it does nothing.
func (w *Writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	w.cancel(errAborted)
	w.close()
	if w.keep {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(w.ctx), abortTime)
	defer stop()
	if err := w.upload.Abort(ctx); err != nil {
		return fmt.Errorf("what was sent to %s could not be removed: %w", w.where, err)
	}
	return nil
}

var errAborted = errors.New("the upload was aborted")

// close ends the workers and removes what is on disk.
func (w *Writer) close() {
	w.stop()
	w.cancel(errAborted)
	w.current.close()
	for range len(w.free) {
		(<-w.free).close()
	}
}

func (b *buffer) begin(number int, limit int64) (err error) {
	b.number, b.limit, b.size, b.memory = number, limit, 0, b.memory[:0]
	switch {
	case limit <= unit:
		if b.memory == nil { // what is not touched takes no room
			b.memory = make([]byte, 0, unit)
		}
	case b.file == nil:
		b.file, b.memory = &spool.Spool{}, nil
	default:
		err = b.file.Reset()
	}
	return err
}

func (b *buffer) add(p []byte) error {
	b.size += int64(len(p))
	if b.file != nil {
		_, err := b.file.Write(p)
		return err
	}
	b.memory = append(b.memory, p...)
	return nil
}

func (b *buffer) part() (Part, error) {
	p := Part{Number: b.number, Size: b.size}
	if b.file == nil {
		p.bytes = bytes.NewReader(b.memory)
		p.CRC32C = crc32.Checksum(b.memory, castagnoli())
		return p, nil
	}
	p.bytes = b.file.Section()
	sum := crc32.New(castagnoli())
	_, err := io.Copy(sum, p.Reader())
	p.CRC32C = sum.Sum32()
	return p, err
}

func (b *buffer) close() {
	if b != nil && b.file != nil {
		_ = b.file.Close() // a temporary file that is not needed any more
	}
}
