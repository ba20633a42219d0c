// Package dedupe leaves out items that came before, or that come again.
//
// It is exact: items are told apart by 128 bits of the SHA-256 of what they are
// equal by, behind a random key. Two different ones of 10^9 share them with a
// probability of 10^-20, and whoever makes the items does not know the key. What
// memory does not hold is on disk.
package dedupe

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"runtime"
	"sync"

	"github.com/apifyctl/apifyctl/internal/export/canonical"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Options say which items are the same.
type Options struct {
	By     []string // fields, or paths to them, that are equal; nil: the whole item is
	Last   bool     // of items that are the same the last one stays, not the first
	Ignore string   // a member that does not count in whole items; "": all do
	Dir    string   // where temporary files are; "": os.TempDir()

	most int // items in memory; 0: usually
}

// usually is how many items are told apart in memory: a table of 16 MB that is full.
const usually = 1 << 20 / 8 * 7

// Filter leaves items out. The counts are those of the last pass.
type Filter struct {
	options Options

	Duplicates int64 // items that were left out
	Without    int64 // items that have none of the fields; all of them stay
	seen       []bool
}

// New makes a filter.
func New(o Options) *Filter {
	if o.most == 0 {
		o.most = usually
	}
	return &Filter{options: o}
}

// Unseen are the fields that no item had.
func (f *Filter) Unseen() (fields []string) {
	for i, field := range f.options.By {
		if f.seen != nil && !f.seen[i] {
			fields = append(fields, field)
		}
	}
	return fields
}

// Pages are pages, which are JSON arrays, without duplicates. Pages may be changed
// in place. A filter goes through one list of pages at a time.
func (f *Filter) Pages(pages iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f.Duplicates, f.Without, f.seen = 0, 0, make([]bool, len(f.options.By))
		pass := &pass{filter: f, yield: yield, known: newTable(f.options.most, false)}
		if f.options.Last {
			pass.spilled = newSpilled(f.options)
		}
		err := f.hashed(pages, pass.page)
		if err == nil && pass.spilled != nil && !pass.broken {
			err = pass.spilled.drain(pass.out)
		}
		if pass.spilled != nil {
			if closeErr := pass.spilled.close(); err == nil {
				err = closeErr
			}
		}
		if err != nil && !pass.broken {
			yield(nil, err)
		}
	}
}

// pass is one way through all pages.
type pass struct {
	filter  *Filter
	yield   func([]byte, error) bool
	known   *table   // while memory suffices
	spilled *spilled // from then on
	broken  bool     // whoever takes the pages wants no more
}

// page deals with the next page, and reports whether to go on.
func (p *pass) page(j *job) (bool, error) {
	if j.err != nil {
		return false, j.err
	}
	p.filter.note(j)
	if p.spilled == nil && p.known.count+len(j.keys) > p.filter.options.most {
		p.spilled = newSpilled(p.filter.options)
		if err := p.known.each(func(k key) error { return p.spilled.add(k) }); err != nil {
			return false, err
		}
		p.known = nil
	}
	if p.spilled != nil {
		return true, p.spilled.page(j)
	}
	for i, k := range j.keys {
		j.drop[i] = k != none && !p.known.add(k)
	}
	return p.out(j), nil
}

// out hands a page on without what is to be dropped.
func (p *pass) out(j *job) bool {
	page, dropped := rawjson.Without(j.page, j.ends, j.drop)
	p.filter.Duplicates += int64(dropped)
	if dropped == len(j.ends) && dropped > 0 {
		return true
	}
	p.broken = !p.yield(page, nil)
	return !p.broken
}

// key is what tells an item from others.
type key [2]uint64

// none is the key of an item that is like no other.
//
//nolint:gochecknoglobals // a constant that Go has no way to write
var none = key{}

// job is a page whose items get keys.
type job struct {
	page    []byte
	ends    []int
	keys    []key
	drop    []bool
	seen    []bool
	without int64
	err     error
	done    chan struct{}
}

func (f *Filter) note(j *job) {
	f.Without += j.without
	for i, seen := range j.seen {
		f.seen[i] = f.seen[i] || seen
	}
}

const maxWorkers = 4

// hashed finds the keys of pages, several at a time, and uses them in order, until
// use has enough.
func (f *Filter) hashed(pages iter.Seq2[[]byte, error], use func(*job) (bool, error)) (err error) {
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	free, jobs, order := make(chan *job, workers+1), make(chan *job, workers+1), make(chan *job, workers+1)
	for range workers + 1 {
		free <- &job{done: make(chan struct{}, 1)}
	}
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // it cannot fail
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			h := hasher{by: f.options.By, salt: salt}
			h.encoder.Ignore = f.options.Ignore
			for j := range jobs {
				h.page(j)
				j.done <- struct{}{}
			}
		})
	}
	group.Go(func() {
		defer close(order)
		defer close(jobs)
		for page, err := range pages {
			var j *job
			select {
			case j = <-free:
			case <-stop:
				return
			}
			j.page, j.err = page, err
			jobs <- j
			order <- j
			if err != nil {
				return
			}
		}
	})
	more := true
	for j := range order {
		<-j.done
		if more {
			if more, err = use(j); err != nil {
				more = false
			}
			if !more {
				close(stop)
			}
		}
		free <- j
	}
	group.Wait()
	return err
}

// hasher makes keys.
type hasher struct {
	by      []string
	salt    [16]byte
	encoder canonical.Encoder
	text    []byte
}

func (h *hasher) page(j *job) {
	j.ends, j.keys, j.drop, j.without = j.ends[:0], j.keys[:0], j.drop[:0], 0
	j.seen = append(j.seen[:0], make([]bool, len(h.by))...)
	if j.err != nil {
		return
	}
	if j.ends, j.err = rawjson.Ends(j.page, j.ends); j.err != nil {
		return
	}
	for _, item := range rawjson.Spans(j.page, j.ends) {
		k, err := h.key(j, item)
		if err != nil {
			j.err = err
			return
		}
		j.keys, j.drop = append(j.keys, k), append(j.drop, false)
	}
}

func (h *hasher) key(j *job, item []byte) (_ key, err error) {
	h.text = append(h.text[:0], h.salt[:]...)
	if h.by == nil {
		h.text, err = h.encoder.Append(h.text, item)
		return sum(h.text), err
	}
	some := false
	for i, path := range h.by {
		value := rawjson.LookUp(item, path)
		if value == nil {
			h.text = append(h.text, 0) // no value begins so
			continue
		}
		some, j.seen[i] = true, true
		if h.text, err = h.encoder.Append(h.text, value); err != nil {
			return none, err
		}
	}
	if !some {
		j.without++
		return none, nil
	}
	return sum(h.text), nil
}

func sum(text []byte) key {
	digest := sha256.Sum256(text)
	k := key{binary.LittleEndian.Uint64(digest[:]), binary.LittleEndian.Uint64(digest[8:])}
	k[1] |= 1 // none, and the empty places of a table, are 0
	return k
}
