package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// packSettle is how long nobody must have changed a file before it is
	// packed: a change at the same tick of the clock would not show.
	packSettle = time.Second
	// packTries bounds how often a pack is put off for items that change.
	packTries = 5
	// packPause is how long a pack stays as it is, however many of its items are
	// changed meanwhile.
	packPause = time.Minute
	// packWorth is how many small items that are read from their files, or
	// could be packed, are worth a pack.
	packWorth = 32
	// packShare is how much longer than it works a packer rests while somebody
	// reads items.
	packShare = 2
	// maxPacksWanted bounds memory: this is 64 million items.
	maxPacksWanted = 1 << 16
)

// packer writes packs, one after the other, while there are some to write.
type packer struct {
	readers atomic.Int32 // of items, at this moment
	settle  time.Duration

	mutex  sync.Mutex
	queue  []packJob // all are due as long after they came
	queued map[packID]bool
	busy   bool
	until  time.Time     // nothing is wanted before that: a pack could not be written
	stop   chan struct{} // closed at the end; nil: packs are not written
	closed bool
	worker sync.WaitGroup
}

type packID struct {
	folder string
	pack   int64
}

type packJob struct {
	packID
	due   time.Time
	tries int
}

func (p *packer) start(settle time.Duration) { p.settle, p.stop = settle, make(chan struct{}) }

// close waits for the pack that is being written.
func (p *packer) close() {
	p.mutex.Lock()
	if p.stop != nil && !p.closed {
		p.closed = true
		close(p.stop)
	}
	p.mutex.Unlock()
	p.worker.Wait()
}

// pushed asks for the packs that the numbers from first to last have filled.
func (h *Handler) pushed(folder string, first, last int64) {
	for pack := first / packedItems; pack < (last+1)/packedItems; pack++ {
		h.wantPack(packID{folder, pack})
	}
}

// wantPack asks for a pack to be written soon, if packs are written.
func (h *Handler) wantPack(id packID) { h.packer.want(h, packJob{packID: id}) }

func (p *packer) want(h *Handler, job packJob) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.stop == nil || p.closed || time.Now().Before(p.until) || p.queued[job.packID] || len(p.queue) >= maxPacksWanted {
		return
	}
	if p.queued == nil {
		p.queued = map[packID]bool{}
	}
	job.due = time.Now().Add(p.settle)
	p.queue, p.queued[job.packID] = append(p.queue, job), true
	if !p.busy {
		p.busy = true
		p.worker.Go(func() { p.work(h) })
	}
}

// next takes the first job; false where there is none.
func (p *packer) next() (packJob, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.queue) == 0 || p.closed {
		p.queue, p.queued, p.busy = nil, nil, false
		return packJob{}, false
	}
	job := p.queue[0]
	p.queue = p.queue[1:]
	delete(p.queued, job.packID)
	return job, true
}

// giveUp drops what is wanted, and what will be in the next minute.
func (p *packer) giveUp() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.queue, p.queued, p.until = nil, nil, time.Now().Add(packPause)
}

func (p *packer) work(h *Handler) {
	w := &packWriter{handler: h, buffer: make([]byte, maxPackedFile+1)}
	for {
		job, ok := p.next()
		if !ok || !p.sleep(time.Until(job.due)) {
			return
		}
		began := time.Now()
		fresh, err := w.write(job)
		if err != nil {
			// Packs are for speed alone: say, the disk is full.
			h.log.Warn("items were not packed", "dataset", job.folder, "error", err)
			p.giveUp()
		}
		if job.tries++; fresh {
			p.want(h, job)
		}
		if p.readers.Load() > 0 && !p.sleep(packShare*time.Since(began)) {
			return
		}
	}
}

// sleep is false when it is the end.
func (p *packer) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.stop:
		return false
	}
}

// packWriter writes packs. Its memory is used again.
type packWriter struct {
	handler *Handler
	builder packBuilder
	view    packView
	buffer  []byte
	compact []byte
}

// write writes a pack, unless the one that is there is good enough or young.
// fresh: items were changed too recently, it is to be tried again.
func (w *packWriter) write(job packJob) (fresh bool, err error) {
	err = w.handler.read(datasets, func(s *shelf) (err error) {
		if s.folders == nil || s.private == nil {
			return nil
		}
		files, err := openItemFiles(s.folders, job.folder)
		if err != nil {
			return ignoreMissing(err) // deleted
		}
		defer func() { err = errors.Join(err, files.close()) }()
		if !files.tellsChanges() {
			return nil
		}
		if good, err := w.good(s, files, job.packID); good || err != nil {
			return err
		}
		if fresh = w.build(files, job); fresh || w.builder.packed < packWorth {
			return nil
		}
		return w.put(s, job.packID)
	})
	return fresh, err
}

// good looks at the pack that is there.
func (w *packWriter) good(s *shelf, files *itemFiles, id packID) (good bool, err error) {
	packs, err := openIfThere(s.private, packFolder(id.folder))
	if packs == nil || err != nil {
		return false, err
	}
	defer closing(packs, &err)
	info, err := packs.Stat(packFile(id.pack))
	if err != nil {
		return false, ignoreMissing(err)
	}
	if age := time.Since(info.ModTime()); age >= 0 && age < packPause {
		return true, nil
	}
	first := id.pack * packedItems
	w.view.aim(packs, []int64{first, first + packedItems - 1})
	worse := 0
	for n := first; n < first+packedItems; n++ {
		name := itemName(n)
		if _, known := w.view.text(files, n, name); !known {
			if _, there := files.stamp(name); there {
				worse++
			}
		}
	}
	return worse < packWorth, nil
}

// build puts a pack together from the item files.
func (w *packWriter) build(files *itemFiles, job packJob) (fresh bool) {
	w.builder.reset()
	settled := time.Now().Add(-w.handler.packer.settle).UnixNano()
	for n := job.pack * packedItems; n < (job.pack+1)*packedItems; n++ {
		text, stamp, found := files.readStamped(w.buffer, itemName(n))
		if !found {
			continue
		}
		if text == nil || stamp.changed%int64(time.Second) == 0 { // a clock too coarse to show every change
			w.builder.leave(n)
			continue
		}
		if stamp.changed > settled {
			if job.tries < packTries {
				return true
			}
			continue
		}
		var err error
		if w.compact, err = appendClean(w.compact[:0], text); err != nil || len(w.compact) > maxPackedText {
			w.builder.leave(n)
			continue
		}
		w.builder.add(n, stamp, w.compact)
	}
	return false
}

// put gives the pack its place.
func (w *packWriter) put(s *shelf, id packID) error {
	file, temporary, err := createTemporary(s.root)
	if err != nil {
		return err
	}
	_, err = file.Write(w.builder.text)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, s.root.Remove(temporary))
	}
	folder := privateFolder + "/" + packFolder(id.folder)
	name := folder + "/" + packFile(id.pack)
	err = s.root.Rename(temporary, name)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.root.MkdirAll(folder, 0o777); err == nil {
			err = s.root.Rename(temporary, name)
		}
	}
	if err != nil {
		return errors.Join(err, s.root.Remove(temporary))
	}
	if !s.has(id.folder) { // deleted meanwhile
		return s.root.RemoveAll(folder)
	}
	return nil
}

// openPacks opens a dataset's packs; nil where there are none. A pack that
// cannot be had is no failure.
func (s *shelf) openPacks(folder string) *os.Root {
	if s.private == nil {
		return nil
	}
	packs, err := s.private.OpenRoot(packFolder(folder))
	if err != nil {
		return nil
	}
	return packs
}

// discardPacks takes the packs of a dataset out of the way; what it returns is
// still to be removed, "" where there are none.
func (s *shelf) discardPacks(folder string) (rest string, err error) {
	if s.kind != datasets {
		return "", nil
	}
	rest, err = temporaryName(s.root)
	if err != nil {
		return "", err
	}
	err = s.root.Rename(privateFolder+"/"+packFolder(folder), rest)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return rest, err
}

// movePacks takes the packs of a dataset along with its folder.
func (s *shelf) movePacks(m *move) error {
	if s.kind != datasets {
		return nil
	}
	from, to := privateFolder+"/"+packFolder(m.From), privateFolder+"/"+packFolder(m.To)
	// What may be where they are to go is left of a dataset that was deleted by
	// hand. It is good for nothing, but in the way.
	if err := s.root.Rename(from, to); err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(s.root.RemoveAll(from), s.root.RemoveAll(to))
}

// dropLonelyPacks removes packs whose dataset is gone: SDKs delete folders, too.
func (h *Handler) dropLonelyPacks() error {
	return h.read(datasets, func(s *shelf) error {
		if s.private == nil {
			return nil
		}
		names, err := s.names()
		if err != nil {
			return err
		}
		wanted := map[string]bool{}
		for _, name := range names {
			wanted[packFolder(name)] = true
		}
		found, err := fs.Glob(s.private.FS(), datasets.folder()+"/*"+packSuffix)
		if err != nil {
			return err
		}
		for _, name := range found {
			if !wanted[name] {
				if err := s.private.RemoveAll(name); err != nil {
					return fmt.Errorf("remove the packs of a dataset that is gone: %w", err)
				}
			}
		}
		return nil
	})
}
