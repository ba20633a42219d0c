package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// pushItems answers POST of a dataset's items: all of them are stored, or none.
func (h *Handler) pushItems(w http.ResponseWriter, r *http.Request, ref reference) error {
	if !ref.run {
		if err := h.exists(ref); err != nil {
			return err
		}
	}
	items, err := readItems(w, r)
	if err != nil {
		return err
	}
	if err := h.checkItems(ref, items); err != nil {
		return err
	}
	id, err := h.push(r.Context(), ref, items)
	if err != nil {
		return err
	}
	w.Header().Set("Location", objectURL(r, datasets, id)+"/items")
	writeJSON(w, http.StatusCreated, struct{}{})
	return nil
}

func (h *Handler) push(ctx context.Context, ref reference, items [][]byte) (id string, err error) {
	staged, err := h.stage(ctx, items)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, h.removeAll(staged)) }()
	err = h.change(ctx, ref, func(s *shelf, found *storage) error {
		id = found.id
		if len(items) == 0 {
			return nil
		}
		return h.place(ctx, s, found, staged, len(items))
	})
	return id, err
}

func isNotFound(err error) bool {
	known, ok := errors.AsType[*apiError](err)
	return ok && known.status == http.StatusNotFound
}

// stage writes the items to a temporary folder, so that they appear in the
// dataset complete, and without the lock being held for long.
func (h *Handler) stage(ctx context.Context, items [][]byte) (folder string, err error) {
	root, err := h.rootForWriting()
	if err != nil {
		return "", err
	}
	defer closing(root, &err)
	h.sweeper.sweep(root)
	folder, err = temporaryName(root)
	if err != nil {
		return "", err
	}
	if err := root.Mkdir(folder, 0o777); err != nil {
		return "", err
	}
	if err := writeStaged(ctx, root, folder, items); err != nil {
		return "", errors.Join(err, root.RemoveAll(folder))
	}
	if len(items) > 1 { // undoing a push needs them after a power cut as well
		if err := errors.Join(syncFolder(root, folder), h.syncs.sync(root, temporaryFolder)); err != nil {
			return "", errors.Join(err, root.RemoveAll(folder))
		}
	}
	return folder, nil
}

func writeStaged(ctx context.Context, root *os.Root, folder string, items [][]byte) (err error) {
	inside, err := root.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer closing(inside, &err)
	for i, item := range items {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := itemText(item)
		if err != nil {
			return err
		}
		name := strconv.Itoa(i)
		if len(items) <= fewItems {
			err = writeSynced(inside, name, os.O_CREATE|os.O_TRUNC, text)
		} else {
			err = inside.WriteFile(name, text, 0o666)
		}
		if err != nil {
			return err
		}
	}
	if len(items) <= fewItems {
		return nil
	}
	return syncFiles(inside, len(items))
}

// fewItems are synced one by one; more of them cost less together.
const fewItems = 4

// sweepAge is how old temporary files must be to be those of a dead process.
const sweepAge = 24 * time.Hour

// sweeper removes what killed processes left, once in a while: looking for it
// with every value would take longer than storing the value.
type sweeper struct {
	mutex sync.Mutex
	swept time.Time
}

// due is true for one asker.
func (s *sweeper) due() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	due := time.Since(s.swept) >= sweepAge
	if due {
		s.swept = time.Now()
	}
	return due
}

func (s *sweeper) sweep(root *os.Root) {
	if s.due() {
		sweep(root)
	}
}

// sweep is for those who have the directory not open.
func (h *Handler) sweep() {
	if !h.sweeper.due() {
		return
	}
	if root, err := h.root(); err == nil {
		sweep(root)
		_ = root.Close() // of what was read
	}
}

// sweep is no matter if it fails.
func sweep(root *os.Root) {
	entries, err := fs.ReadDir(root.FS(), temporaryFolder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > sweepAge {
			_ = root.RemoveAll(temporaryFolder + "/" + entry.Name())
		}
	}
}

// place gives the staged items their numbers. No file is ever replaced: a
// number that an SDK takes meanwhile is skipped. When it fails, what was placed
// is taken back.
func (h *Handler) place(ctx context.Context, s *shelf, target *storage, staged string, count int) error {
	// Without a state, the creation time would be guessed from files.
	if !target.dated {
		if err := s.writeState(target.folder, target.remembered()); err != nil {
			return err
		}
	}
	index := h.indexes.of(target.folder)
	known, err := index.read(s.folders, target.folder)
	if err != nil {
		return err
	}
	next := known.last() + 1
	if count > 1 {
		index.hideFrom(next)
		defer index.hideFrom(0)
		if err := writeJSONFile(s.root, placingFile(target.folder), placing{target.folder, staged, next}); err != nil {
			return err
		}
	}
	placed, foreign, err := s.link(ctx, target, staged, count, next)
	if err != nil {
		return errors.Join(err, s.takeBack(target, placed, count > 1))
	}
	total := known.count() + int64(len(placed)+len(foreign))
	if err := editMetadata(s.root, datasets, target.folder, edit{modified: time.Now(), itemCount: &total}); err != nil {
		return errors.Join(err, s.takeBack(target, placed, count > 1))
	}
	if count > 1 {
		if err := s.finishPlacing(target); err != nil {
			return err // whether they stay is up to the note
		}
	} else {
		s.syncLater(target.path())
	}
	index.add(append(placed, foreign...))
	h.pushed(target.folder, next, placed[len(placed)-1])
	return nil
}

// finishPlacing brings the items to the disk, and only then takes the note away:
// that makes the push count.
func (s *shelf) finishPlacing(target *storage) error {
	if err := syncFolder(s.root, target.path()); err != nil {
		return err
	}
	if err := s.root.Remove(privateFolder + "/" + placingFile(target.folder)); err != nil {
		return err
	}
	s.syncLater(datasets.stateFolder())
	return nil
}

// link gives the staged items numbers from next on. Those in foreign were taken,
// by items that have appeared since the folder was read.
func (s *shelf) link(ctx context.Context, target *storage, staged string, count int, next int64) (placed, foreign []int64, err error) {
	placed = make([]int64, 0, count)
	for i := range count {
		if err := ctx.Err(); err != nil {
			return placed, foreign, err
		}
		from := staged + "/" + strconv.Itoa(i)
		for {
			number := next
			next++
			err := put(s.root, from, target.path()+"/"+itemName(number))
			if err == nil {
				placed = append(placed, number)
				break
			}
			if !errors.Is(err, fs.ErrExist) {
				return placed, foreign, fmt.Errorf("store items in dataset %s: %w", target.folder, err)
			}
			foreign = append(foreign, number)
		}
	}
	return placed, foreign, nil
}

// put gives a file another name, which must be free. File systems without hard
// links get a copy.
func put(root *os.Root, from, to string) error {
	err := root.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	text, readErr := root.ReadFile(from)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	file, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, root.Remove(to))
	}
	return nil
}

// takeBack removes items that a push has placed; noted: and the note of it.
func (s *shelf) takeBack(target *storage, placed []int64, noted bool) error {
	for _, n := range placed {
		if err := ignoreMissing(s.root.Remove(target.path() + "/" + itemName(n))); err != nil {
			return err // where there is a note, the next change tries again
		}
	}
	if !noted {
		return nil
	}
	return ignoreMissing(s.root.Remove(privateFolder + "/" + placingFile(target.folder)))
}
