package storage

import (
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

type deleteOptions struct {
	refs         []api.Ref
	selection    Selection // instead of refs
	includeNamed bool
	dryRun       bool
	print        app.PrintFlags
}

func (r Resource[T]) deleteCommand(a *app.App) *cobra.Command {
	var o deleteOptions
	var refs RefFlags
	command := &cobra.Command{
		Use:     "delete REF… | delete --unnamed --older-than 30d",
		Aliases: []string{"rm"},
		Short:   fmt.Sprintf("Delete %ss with all they hold", r.Kind),
		Long: fmt.Sprintf(`Delete %ss with all they hold: those given, or those that the flags select.
What goes is shown and asked first; off a terminal --yes is needed. --dry-run
shows and stops.

A selection takes in storages with a name only with --include-named.`, r.Kind),
		Args: refs.ArgsOr(&o.selection),
		RunE: func(command *cobra.Command, args []string) error {
			var err error
			if o.refs, err = refs.All(r.Kind, args); err != nil {
				return err
			}
			return r.delete(command.Context(), a, o)
		},
		ValidArgsFunction: r.CompleteRefs(a),
	}
	refs.AddOr(command.Flags())
	o.selection.Add(command.Flags())
	o.print.Add(command.Flags())
	command.Flags().BoolVar(&o.includeNamed, "include-named", false, "let a selection take in storages that have a name")
	command.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would be deleted, and stop")
	app.CompleteFormats(command)
	return command
}

// doomed is a storage that was asked to go: found, or not.
type doomed[T any] struct {
	ref    api.Ref
	object *T
	err    error
}

func (r Resource[T]) delete(ctx context.Context, a *app.App, o deleteOptions) error {
	if !o.dryRun {
		if err := a.CanConfirm(); err != nil {
			return err
		}
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	storages, err := r.doomed(ctx, client, o)
	if err != nil {
		return err
	}
	if len(storages) == 0 {
		a.Streams.Notef("no %s matches; nothing is deleted", r.Kind)
	}
	if o.dryRun {
		if err := printer.Rows(ctx, r.rows(ctx, client, printer, found(storages))); err != nil {
			return err
		}
		return r.outcome(a, storages)
	}
	if err := r.confirmDelete(ctx, a, client, storages); err != nil {
		return err
	}
	collection := r.Collection(client)
	forEach(len(storages), func(i int) {
		if storages[i].err != nil || ctx.Err() != nil {
			return
		}
		// The ID, not the reference: what was shown is what goes.
		storages[i].err = collection.Delete(ctx, api.StorageRef(r.Kind, r.Facts(storages[i].object)))
		if storages[i].err == nil {
			a.Streams.Notef("deleted %s", r.label(storages[i].object))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.outcome(a, storages)
}

// doomed finds the storages that are to go.
func (r Resource[T]) doomed(ctx context.Context, client *api.Client, o deleteOptions) ([]doomed[T], error) {
	if !o.selection.Given() {
		collection, storages := r.Collection(client), make([]doomed[T], len(o.refs))
		forEach(len(o.refs), func(i int) {
			storages[i].ref = o.refs[i]
			storages[i].object, storages[i].err = collection.Get(ctx, o.refs[i])
		})
		return storages, ctx.Err()
	}
	var storages []doomed[T]
	named := 0
	for object, err := range r.Select(ctx, client, o.selection, false) {
		if err != nil {
			return nil, err
		}
		if r.Facts(object).Name != "" {
			named++
		}
		storages = append(storages, doomed[T]{ref: api.StorageRef(r.Kind, r.Facts(object)), object: object})
	}
	if named > 0 && !o.includeNamed {
		return nil, app.WithHint(app.Usagef("%d of the %d %ss that match have a name; nothing is deleted", named, len(storages), r.Kind),
			"--unnamed leaves them out, --include-named takes them in")
	}
	return storages, nil
}

func found[T any](storages []doomed[T]) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for _, storage := range storages {
			if storage.err == nil && !yield(storage.object, nil) {
				return
			}
		}
	}
}

// outcome is the error of the only storage; of several, each failure is a line
// on stderr.
func (r Resource[T]) outcome(a *app.App, storages []doomed[T]) error {
	failed := 0
	for _, storage := range storages {
		if storage.err == nil {
			continue
		}
		failed++
		err := r.failed(storage.ref, storage.err)
		if len(storages) == 1 {
			return err
		}
		a.Streams.Warnf("%v", err)
	}
	if failed == 0 {
		return nil
	}
	return &app.PartialError{Failed: failed, Total: len(storages), Noun: r.Kind.String() + "s"}
}

// parallel is how many storages are worked on at once. The rate limit counts
// for each storage, so it is latency that this hides.
const parallel = 8

// forEach runs work for 0 … n-1, some at a time, and waits for all.
func forEach(n int, work func(i int)) {
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range n {
		group.Go(func() error {
			work(i)
			return nil
		})
	}
	_ = group.Wait() // work keeps its own errors
}
