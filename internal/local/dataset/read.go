package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/transform"
)

const (
	// readers is how many files are read at once: opening them is what takes
	// the time, and disks like to be asked for several.
	readers = 4
	// window is how many batches are under way or wait for their turn.
	window = 2 * readers
	// batchBytes is how large a batch should turn out, and batchItems the most
	// items in it. A batch stops at fullBatch, so that memory stays bounded
	// where items are large: the rest of it is read when its turn has come.
	batchBytes = 128 << 10
	batchItems = 256
	fullBatch  = 4 << 20
)

// itemReader reads item files, several ahead, and hands them out in order.
type itemReader struct {
	files          *atomicfile.Folder
	name           func(number int64) string
	label          string // the dataset, for messages
	transformation *transform.Transformation
}

// newItemReader makes a reader of a dataset's items, which is to be closed.
func newItemReader(s *directory.Collection, folder string, numbers *numbers, t *transform.Transformation) (*itemReader, error) {
	files, err := atomicfile.OpenFolder(s.Folders, folder)
	if err != nil {
		return nil, err
	}
	return &itemReader{files, numbers.name, folder, t}, nil
}

func (r *itemReader) close() error { return r.files.Close() }

// batch is some items on their way.
type batch struct {
	numbers []int64
	ready   chan struct{} // a token when it has been read
	read    int           // how many of numbers
	items   bytes.Buffer  // as transformation.put leaves them
	count   int64
	err     error
}

// run reads the items and calls write with batches of them. It returns when
// everything was written, at the first error, or when ctx ends; nothing that it
// started is left behind.
func (r *itemReader) run(ctx context.Context, numbers iter.Seq[int64], write func([]byte, int64) error) error {
	next, stop := iter.Pull(numbers)
	defer stop()
	jobs := make(chan *batch, window)
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer func() {
		cancel()
		close(jobs)
		workers.Wait()
	}()
	started := 0
	size := 16
	var queue, spare []*batch
	for {
		for len(queue) < window {
			b := fill(&spare, next, size)
			if b == nil {
				break
			}
			if started < readers { // short pages need fewer
				workers.Go(func() { r.work(ctx, jobs) })
				started++
			}
			jobs <- b
			queue = append(queue, b)
		}
		if len(queue) == 0 {
			return nil
		}
		head := queue[0]
		queue = append(queue[:0], queue[1:]...)
		select {
		case <-head.ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if average := head.items.Len() / max(1, head.read); average > 0 {
			size = min(max(batchBytes/average, 1), batchItems)
		}
		if err := r.finish(ctx, head, write); err != nil {
			return err
		}
		spare = append(spare, head)
	}
}

// fill makes the next batch; nil when there are no more numbers.
func fill(spare *[]*batch, next func() (int64, bool), size int) *batch {
	var b *batch
	for range size {
		n, ok := next()
		if !ok {
			break
		}
		if b == nil {
			if last := len(*spare) - 1; last >= 0 {
				b, *spare = (*spare)[last], (*spare)[:last]
				b.numbers = b.numbers[:0]
			} else {
				b = &batch{ready: make(chan struct{}, 1)}
			}
		}
		b.numbers = append(b.numbers, n)
	}
	return b
}

func (r *itemReader) work(ctx context.Context, jobs <-chan *batch) {
	var s scratch
	for b := range jobs {
		b.read, b.count, b.err = 0, 0, nil
		b.items.Reset()
		r.load(ctx, b, &s)
		b.ready <- struct{}{}
	}
}

// load reads items into a batch until it is full or at its end.
func (r *itemReader) load(ctx context.Context, b *batch, s *scratch) {
	for b.read < len(b.numbers) && b.items.Len() < fullBatch && b.err == nil {
		if b.err = context.Cause(ctx); b.err != nil {
			return
		}
		var count int64
		count, b.err = r.item(&b.items, b.numbers[b.read], s)
		b.count += count
		b.read++
	}
}

// finish writes a batch, and what did not fit into it.
func (r *itemReader) finish(ctx context.Context, b *batch, write func([]byte, int64) error) error {
	var s scratch
	for {
		if b.err != nil {
			return b.err // what was read before it does not matter: there will be no answer
		}
		if err := write(b.items.Bytes(), b.count); err != nil {
			return err
		}
		if b.read == len(b.numbers) {
			return nil
		}
		b.count = 0
		b.items.Reset()
		r.load(ctx, b, &s)
	}
}

// scratch is memory that is used again for each item.
type scratch struct {
	text, compact []byte
}

// item appends one transformed item to dst.
func (r *itemReader) item(dst *bytes.Buffer, number int64, s *scratch) (int64, error) {
	name := r.name(number)
	if s.text == nil {
		s.text = make([]byte, 0, firstBuffer)
	}
	if text, ok := r.files.ReadQuickly(s.text, name); ok {
		if count, err := r.putText(dst, name, text, s); err == nil {
			return count, nil
		}
	}
	text, _, err := r.files.ReadRegular(name, math.MaxInt64-1)
	if err != nil {
		return 0, fmt.Errorf("read item %s of dataset %s: %w", name, r.label, err)
	}
	return r.putText(dst, name, text, s)
}

// firstBuffer is larger than most items.
const firstBuffer = 32 << 10

// putText is put for what is in a file.
func (r *itemReader) putText(dst *bytes.Buffer, name string, text []byte, s *scratch) (count int64, err error) {
	if !r.transformation.Passes() {
		if s.compact, err = appendClean(s.compact[:0], text); err != nil {
			return 0, r.invalid(name, err)
		}
		return r.put(dst, name, s.compact)
	}
	dst.Grow(len(text) + 1)
	out := dst.AvailableBuffer()
	if !r.transformation.Lines {
		out = append(out, ',')
	}
	if out, err = appendClean(out, text); err != nil {
		return 0, r.invalid(name, err)
	}
	if r.transformation.Lines {
		out = append(out, '\n')
	}
	dst.Write(out)
	return 1, nil
}

// put appends a clean item, transformed. An error leaves dst alone.
func (r *itemReader) put(dst *bytes.Buffer, name string, item []byte) (count int64, err error) {
	dst.Grow(len(item))
	out, count, err := r.transformation.Append(dst.AvailableBuffer(), item)
	if large, ok := errors.AsType[*transform.TooLargeError](err); ok {
		err = wire.InvalidValue("%s", large)
	}
	if err != nil {
		return 0, fmt.Errorf("transform item %s of dataset %s: %w", name, r.label, err)
	}
	dst.Write(out)
	return count, nil
}

// appendClean appends the JSON that is in an item's file, without its white
// space. What is not UTF-8 is an error: it would be changed on its way.
func appendClean(dst, text []byte) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) {
		return dst, fmt.Errorf("it is not UTF-8 at byte %d", invalidUTF8(text))
	}
	return rawjson.AppendChecked(dst, text)
}

func (r *itemReader) invalid(name string, err error) error {
	return fmt.Errorf("item %s of dataset %s is not valid JSON: %w", name, r.label, err)
}
