package kvs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// store is the store that a command works on.
type store struct {
	api.KeyValueStores
	ref api.Ref
}

func openStore(a *app.App, ref api.Ref) (store, error) {
	client, err := a.Client()
	if err != nil {
		return store{}, err
	}
	return store{client.KeyValueStores(), ref}, nil
}

// failed says which store an error is about.
func (s store) failed(err error) error { return storage.Failed(api.KindKeyValueStore, s.ref, err) }

// recordFailed says which record an error is about.
func (s store) recordFailed(key string, err error) error {
	if err == nil {
		return nil
	}
	var invalid *api.KeyError
	if errors.As(err, &invalid) {
		return app.Usagef("%v", err)
	}
	hint := app.Hint(err)
	if api.IsNotFound(err) && hint == "" {
		hint = fmt.Sprintf("`apifyctl kvs keys %s` lists the keys", s.ref)
	}
	err = fmt.Errorf("record %q: %w", key, err)
	if hint != "" {
		err = app.WithHint(err, hint)
	}
	return s.failed(err)
}

// copies is how often a broken transfer is begun again where nobody has seen
// what came of it.
const copies = 3

// copyTo writes a record's value to what open returns. Where the transfer breaks
// and cannot go on, it begins again with another call of open, which throws away
// what was written before.
func (s store) copyTo(ctx context.Context, key string, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, err error) {
	for range copies {
		info, err = s.copyOnce(ctx, key, open)
		if !errors.Is(err, api.ErrNotResumable) {
			break
		}
	}
	return info, err
}

func (s store) copyOnce(ctx context.Context, key string, open func(api.RecordInfo) (io.Writer, error)) (info api.RecordInfo, err error) {
	reader, err := s.OpenRecord(ctx, s.ref, key)
	if err != nil {
		return info, err
	}
	defer func() { _ = reader.Close() }() // of a transfer that was read to its end, or has failed
	w, err := open(reader.Info)
	if err != nil {
		return reader.Info, err
	}
	_, err = io.CopyBuffer(onlyWriter{w}, onlyReader{reader}, make([]byte, copyBuffer))
	return reader.Info, err
}

const copyBuffer = 64 << 10

// They hide shortcuts that would take buffers of their own.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// defaultConcurrency hides the latency of a hundred milliseconds within the
// rate limit of 200 requests a second.
const defaultConcurrency = 32

// maxConcurrency is as many connections as there are idle ones.
const maxConcurrency = 64

func checkConcurrency(n int) error {
	if n < 1 || n > maxConcurrency {
		return app.Usagef("--concurrency is a number from 1 to %d", maxConcurrency)
	}
	return nil
}

// outcome gathers what failed of several things.
type outcome struct {
	app    *app.App
	mutex  sync.Mutex
	total  int
	failed int
	first  error
}

// note prints a failure on a line of its own. It tells whether there was none.
func (o *outcome) note(err error) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.total++
	if err == nil {
		return true
	}
	o.failed++
	if o.first == nil {
		o.first = err
	}
	if o.failed <= maxShown {
		o.app.Streams.Warnf("%v", err)
	}
	if o.failed == maxShown+1 {
		o.app.Streams.Warnf("more have failed, and are not shown")
	}
	return false
}

// maxShown is how many failures are told one by one.
const maxShown = 50

// err is exit code 5 where some have failed. Of the only one it is its own error.
func (o *outcome) err() error {
	switch {
	case o.failed == 0:
		return nil
	case o.total == 1:
		return o.first
	}
	return &app.PartialError{Failed: o.failed, Total: o.total, Noun: "records"}
}

// fatal tells that an error will befall every other record as well.
func fatal(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || api.IsUnauthorized(err) || api.IsForbidden(err))
}

// forEach runs work for keys, some at a time, and stops at what is fatal.
func forEach(ctx context.Context, keys []string, concurrency int, work func(ctx context.Context, key string) error) error {
	return forEachOf(ctx, func(yield func(string, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}, concurrency, work)
}

// forEachOf is forEach for keys that come one after the other.
func forEachOf(ctx context.Context, keys iter.Seq2[string, error], concurrency int, work func(ctx context.Context, key string) error) error {
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	var listing error
	for key, err := range keys {
		if listing = err; err != nil || groupContext.Err() != nil {
			break
		}
		group.Go(func() error { return work(groupContext, key) })
	}
	// What stopped the work stopped the list as well.
	return cmp.Or(group.Wait(), listing, ctx.Err())
}

// completeStore completes the first argument with stores, the rest with keys.
func completeStore(a *app.App) cobra.CompletionFunc {
	stores := resource().CompleteRef(a)
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return stores(command, args, typed)
		}
		ref, err := api.ParseRef(api.KindKeyValueStore, args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		s, err := openStore(a, ref)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var keys []string
		for key, err := range s.Keys(command.Context(), ref, api.KeysOptions{Prefix: typed, Limit: 1000}) {
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			keys = append(keys, key.Key)
		}
		return keys, cobra.ShellCompDirectiveNoFileComp
	}
}
