// Package since knows what exports to a destination have taken so far, so that the
// next one takes what is new.
//
// The order of writing is what makes every item come exactly once, whenever a
// program is killed. First it is noted which files are about to be written, and
// from which items on; then they are written; then it is noted what they hold. A
// file that was being written when the program ended is written again from the same
// items on: one that was appended to is cut back to the length that counts, another
// one is replaced.
package since

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Files is where states are.
type Files interface {
	// OpenFile fails with fs.ErrNotExist for a file that is missing.
	OpenFile(ctx context.Context, path string) (io.ReadCloser, error)
	// WriteFile replaces a file, whole or not at all.
	WriteFile(ctx context.Context, path string, text []byte) error
}

// State is what was taken to a destination.
type State struct {
	Output   string             `json:"output"`   // the destination, with its placeholders
	Shape    string             `json:"shape"`    // what is appended must have the same
	Datasets map[string]Taken   `json:"datasets"` // by ID
	Files    map[string]Written `json:"files"`    // by path
	Writing  []File             `json:"writing"`  // those that are being written
}

// Written is a file that was written.
type Written struct {
	Length int64            `json:"length,omitempty"` // bytes that count, where it is appended to
	First  map[string]int64 `json:"first,omitempty"`  // the first item of the only dataset that is in it
}

// Taken is how far a dataset was taken.
type Taken struct {
	Items    int64     `json:"items"`
	Last     string    `json:"last"`       // what the last item is equal by
	Modified time.Time `json:"modifiedAt"` // before it was read
}

// File is a file that is being written, and the first item that goes there of each
// of some datasets.
type File struct {
	Path  string           `json:"path"`
	First map[string]int64 `json:"first"`
}

// maxState is far more than the state of a million datasets.
const maxState = 1 << 30

// Book keeps a state up to date. It is safe for concurrent use.
type Book struct {
	files Files
	path  string
	claim *atomicfile.Claim

	mutex sync.Mutex
	state State
	saved time.Time
	dirty bool
}

// Path is where the state of a destination is unless somebody says otherwise:
// hidden beside it, in the folder above the first placeholder.
func Path(output string) string {
	const ending = ".apifyctl-state"
	fixed := output
	if i := slices.Index([]byte(output), '{'); i >= 0 {
		fixed = output[:i]
	}
	cut := len(fixed)
	for cut > 0 && fixed[cut-1] != '/' && fixed[cut-1] != filepath.Separator {
		cut--
	}
	return output[:cut] + "." + sink.FileName(output[cut:]) + ending
}

// Open reads a state, or begins one. As long as the book is open nobody else on
// this machine opens it, where the state is a file.
func Open(ctx context.Context, files Files, path, output, shape string) (_ *Book, err error) {
	b := &Book{files: files, path: path, state: State{Output: output, Shape: shape, Datasets: map[string]Taken{}, Files: map[string]Written{}}}
	if !object.Is(path) {
		if err := b.takeLock(); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	text, err := b.read(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	var known State
	if err := atomicfile.DecodeState(text, &known); err != nil {
		return nil, failure.WithHint(fmt.Errorf("the state %s is broken: %w", path, err), "it says what was taken so far; without it everything is taken again")
	}
	if known.Output != output || known.Shape != shape {
		what := "to " + known.Output
		if known.Output == output {
			what = "of another shape, " + known.Shape
		}
		return nil, failure.WithHint(fmt.Errorf("the state %s is of an export %s", path, what), "give each destination, and each choice of columns, a state of its own with --state")
	}
	b.state.Writing = known.Writing
	if known.Datasets != nil {
		b.state.Datasets = known.Datasets
	}
	if known.Files != nil {
		b.state.Files = known.Files
	}
	return b, nil
}

func (b *Book) read(ctx context.Context) (text []byte, err error) {
	file, err := b.files.OpenFile(ctx, b.path)
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(file, maxState))
	return text, errors.Join(err, file.Close())
}

var errInUse = errors.New("another export with the same state is under way")

func (b *Book) takeLock() (err error) {
	if err := os.MkdirAll(filepath.Dir(b.path), 0o777); err != nil { // #nosec G301 -- the user's umask decides
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(b.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	b.claim, err = atomicfile.TakeClaim(root, filepath.Base(b.path)+".lock")
	if err == nil && b.claim == nil {
		err = fmt.Errorf("%s: %w", b.path, errInUse)
	}
	return err
}

// Close lets others open the state.
func (b *Book) Close() error {
	if b.claim == nil {
		return nil
	}
	claim := b.claim
	b.claim = nil
	return claim.Release()
}

// Taken is how far a dataset was taken.
func (b *Book) Taken(dataset string) (Taken, bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	taken, ok := b.state.Datasets[dataset]
	return taken, ok
}

// Written is a file that was written; false for one of which nothing is known.
func (b *Book) Written(path string) (Written, bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	written, ok := b.state.Files[path]
	return written, ok
}

// Interrupted is the file to which a dataset was being written when an earlier
// export ended, and the first of its items there.
func (b *Book) Interrupted(dataset string) (path string, first int64, ok bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, f := range b.state.Writing {
		if first, ok := f.First[dataset]; ok {
			return f.Path, first, true
		}
	}
	return "", 0, false
}

// Unfinished are the datasets that were being written when an earlier export ended.
func (b *Book) Unfinished() (datasets []string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, f := range b.state.Writing {
		datasets = slices.AppendSeq(datasets, maps.Keys(f.First))
	}
	slices.Sort(datasets)
	return datasets
}

// WasWriting tells that a file was being written when an earlier export ended.
func (b *Book) WasWriting(path string) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return slices.ContainsFunc(b.state.Writing, func(f File) bool { return f.Path == path })
}

// Begin notes which files are going to be written, before the first of them is.
// Those that were being written and are not among them stay noted.
func (b *Book) Begin(ctx context.Context, files []File) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, f := range files {
		b.forget(f.Path)
		b.state.Writing = append(b.state.Writing, f)
	}
	return b.save(ctx)
}

func (b *Book) forget(path string) {
	b.state.Writing = slices.DeleteFunc(b.state.Writing, func(f File) bool { return f.Path == path })
}

// savePause is how long what is done may wait to be noted: whoever is killed before
// that does it again, with the same result.
const savePause = time.Second

// Done notes that a file is written, how many bytes of it count, and how far it has
// taken its datasets.
func (b *Book) Done(ctx context.Context, path string, length int64, taken map[string]Taken) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.state.Files[path] = Written{Length: length, First: b.onlyFirst(path)}
	b.forget(path)
	for dataset, t := range taken {
		b.state.Datasets[dataset] = t
	}
	b.dirty = true
	if time.Since(b.saved) < savePause {
		return nil
	}
	return b.save(ctx)
}

// onlyFirst is the first item of the only dataset that goes to a file which is being
// written; nil where there are several.
func (b *Book) onlyFirst(path string) map[string]int64 {
	for _, f := range b.state.Writing {
		if f.Path == path && len(f.First) == 1 {
			return f.First
		}
	}
	return nil
}

// Looked notes when a dataset that has nothing new was modified.
func (b *Book) Looked(dataset string, modified time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	taken := b.state.Datasets[dataset]
	if !taken.Modified.Equal(modified) {
		taken.Modified = modified
		b.state.Datasets[dataset], b.dirty = taken, true
	}
}

// Save writes what has not been written yet.
func (b *Book) Save(ctx context.Context) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if !b.dirty {
		return nil
	}
	return b.save(ctx)
}

func (b *Book) save(ctx context.Context) error {
	text, err := atomicfile.EncodeState(b.state)
	if err != nil {
		return err
	}
	if err := b.files.WriteFile(ctx, b.path, text); err != nil {
		return fmt.Errorf("note what was taken: %w", err)
	}
	b.saved, b.dirty = time.Now(), false
	return nil
}
