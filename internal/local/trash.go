package local

import (
	"errors"
	"os"
	"sync"
)

// trash removes temporary files that nobody needs any more, one group after the
// other, while those who left them go on: giving back their room takes longer
// than writing them took. What a killed process leaves is swept later.
type trash struct {
	mutex   sync.Mutex
	waiting []*staging
	files   int
	busy    bool
	work    sync.WaitGroup
	spares  spares
}

// maxTrash is how many files may wait.
const maxTrash = 2000

// take keeps some of what is left in the folder as spares, and closes it when
// the rest is gone.
func (t *trash) take(from *staging) error {
	from.left = t.spares.keep(from.left)
	t.mutex.Lock()
	if len(from.left) == 0 || t.files+len(from.left) > maxTrash {
		t.mutex.Unlock()
		return from.clear()
	}
	defer t.mutex.Unlock()
	t.waiting = append(t.waiting, from)
	t.files += len(from.left)
	if !t.busy {
		t.busy = true
		t.work.Go(t.empty)
	}
	return nil
}

func (t *trash) empty() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for len(t.waiting) > 0 {
		next := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.mutex.Unlock()
		_ = next.clear() // what stays is swept one day
		t.mutex.Lock()
		t.files -= len(next.left)
	}
	t.waiting, t.busy = nil, false
}

// close removes the spares, too, and waits until all is gone.
func (t *trash) close(root func() (*os.Root, error)) (err error) {
	defer t.work.Wait()
	names := t.spares.all()
	if len(names) == 0 {
		return nil
	}
	dir, err := root()
	if err != nil {
		return ignoreMissing(err)
	}
	defer closing(dir, &err)
	folder, err := openRaw(dir, temporaryFolder)
	if err != nil {
		return ignoreMissing(err)
	}
	return (&staging{rawFolder: folder, left: names}).clear()
}

// clear removes what is left, and closes the folder.
func (s *staging) clear() error {
	var errs []error
	for _, name := range s.left {
		errs = append(errs, s.remove(name))
	}
	return errors.Join(append(errs, s.close())...)
}
