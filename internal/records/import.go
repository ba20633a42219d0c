package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/spool"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Remote is where objects are read.
type Remote interface {
	// Fetch brings an object to this machine.
	Fetch(ctx context.Context, path string) (*spool.Spool, error)
	// Prefix opens objects whose keys begin alike.
	Prefix(ctx context.Context, path string) (object.Prefix, error)
}

// Open opens a folder or a ZIP, on this machine or in a store of objects.
func Open(ctx context.Context, remote Remote, path string) (*archive.Source, error) {
	switch {
	case !object.Is(path):
		return archive.OpenSource(path)
	case strings.HasSuffix(strings.ToLower(path), ".zip"):
		kept, err := remote.Fetch(ctx, path)
		if err != nil {
			return nil, err
		}
		return archive.ZipAt(kept.Section(), kept.Size(), kept)
	}
	prefix, err := remote.Prefix(ctx, strings.TrimSuffix(path, "/")+"/")
	if err != nil {
		return nil, err
	}
	files := map[string]int64{}
	for info, err := range prefix.Files(ctx) {
		if err != nil {
			return nil, err
		}
		files[info.Key] = info.Size
	}
	if len(files) == 0 {
		return nil, &object.Error{Kind: object.Missing, Problem: "there are no objects"}
	}
	return archive.FilesAt(files, func(name string) (io.ReadCloser, error) { return prefix.Open(ctx, name) })
}

// Import makes records of files. Look comes first.
type Import struct {
	Store       transfer.Store
	Source      *archive.Source
	Remove      bool // records for which there is no file are deleted
	Concurrency int  // records at once
	Compress    bool // texts travel compressed
	Outcome     *failure.Outcome

	entries map[string]archive.Entry
	keys    []string        // of the entries, in their order
	there   map[string]bool // keys that the store has
	doomed  []string

	stored, same, bytes atomic.Int64
}

// Imported is what was done.
type Imported struct{ Stored, Bytes, Same int64 }

// Doomed are the keys of records that are to be deleted.
func (j *Import) Doomed() []string { return j.doomed }

// Total is how many records something is done to, or nothing because they are the same.
func (j *Import) Total() int64 { return int64(len(j.keys) + len(j.doomed)) }

// Look finds out what there is to do.
func (j *Import) Look(ctx context.Context) error {
	names, err := j.Store.KeyNames(ctx, api.KeysOptions{})
	if err != nil {
		return err
	}
	j.entries = map[string]archive.Entry{}
	j.there = make(map[string]bool, len(names))
	for _, key := range names {
		j.there[key] = true
	}
	for _, entry := range j.Source.Entries {
		if err := api.ValidKey(entry.Key); err != nil {
			j.Outcome.Note(fmt.Errorf("file %q: %w", entry.File, err))
			continue
		}
		j.entries[entry.Key] = entry
		j.keys = append(j.keys, entry.Key)
	}
	if j.Remove {
		j.doomed = slices.DeleteFunc(names, func(key string) bool { _, kept := j.entries[key]; return kept })
	}
	return nil
}

// value is an entry's, with a media type that may have to be found out.
func (j *Import) value(entry archive.Entry) (transfer.Value, error) {
	v := transfer.Value{ContentType: entry.ContentType, Size: entry.Size, Open: func() (io.ReadCloser, error) { return j.Source.Open(entry) }}
	var err error
	if v.ContentType == "" {
		v.ContentType, err = v.TypeFor(entry.File)
	}
	return v, err
}

// put stores an entry unless that is how it is already.
func (j *Import) put(ctx context.Context, key string) error {
	entry := j.entries[key]
	v, err := j.value(entry)
	if err != nil {
		return err
	}
	same, err := j.unchanged(ctx, entry, v)
	switch {
	case err != nil:
		return err
	case same:
		j.same.Add(1)
		return nil
	}
	if err := j.Store.Upload(ctx, key, v, j.Compress); err != nil {
		return err
	}
	j.stored.Add(1)
	j.bytes.Add(v.Size)
	return nil
}

// Step is what is done to one record.
type Step struct {
	Action string `json:"action"` // put, skip, delete
	Key    string `json:"key"`
	File   string `json:"file"`
	Size   int64  `json:"size"`
}

// Steps yields what would be done. Records that cannot be compared are in the outcome.
func (j *Import) Steps(ctx context.Context) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		stopped := errors.New("nobody wants more")
		show := func(s Step) error {
			if !yield(s, nil) {
				return stopped
			}
			return nil
		}
		err := transfer.InOrder(ctx, each(j.keys), j.Concurrency, j.isSame, func(key string, same bool, err error) error {
			failed := j.Store.RecordFailed(key, err)
			if transfer.Fatal(ctx, failed) || errors.Is(failed, context.Canceled) {
				return failed
			}
			entry := j.entries[key]
			action := "put"
			if same {
				action = "skip"
			}
			if j.Outcome.Note(failed) {
				return show(Step{action, key, entry.File, entry.Size})
			}
			return nil
		})
		for _, key := range j.doomed {
			if err == nil {
				err = show(Step{Action: "delete", Key: key})
			}
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(Step{}, err)
		}
	}
}

func (j *Import) isSame(ctx context.Context, key string) (bool, error) {
	v, err := j.value(j.entries[key])
	if err != nil {
		return false, err
	}
	return j.unchanged(ctx, j.entries[key], v)
}

// Run stores and deletes records, and calls done, from several goroutines, for each.
// Those that failed by themselves are in the outcome.
func (j *Import) Run(ctx context.Context, done func()) (Imported, error) {
	note := func(work func(context.Context, string) error) func(context.Context, string) error {
		return func(ctx context.Context, key string) error {
			err := j.Store.RecordFailed(key, work(ctx, key))
			if transfer.Fatal(ctx, err) {
				return err
			}
			done()
			j.Outcome.Note(err)
			return nil
		}
	}
	err := transfer.ForEach(ctx, j.keys, j.Concurrency, note(j.put))
	if err == nil {
		err = transfer.ForEach(ctx, j.doomed, j.Concurrency, note(func(ctx context.Context, key string) error {
			return j.Store.DeleteRecord(ctx, j.Store.Ref, key)
		}))
	}
	return Imported{j.stored.Load(), j.bytes.Load(), j.same.Load()}, err
}
