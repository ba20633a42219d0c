package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

type deleteOptions struct {
	refs   []api.Ref
	dryRun bool
	print  app.PrintFlags
}

func (r Resource[T]) deleteCommand(a *app.App) *cobra.Command {
	var o deleteOptions
	var refs RefFlags
	command := &cobra.Command{
		Use:     "delete REF…",
		Aliases: []string{"rm"},
		Short:   fmt.Sprintf("Delete %ss with all they hold", r.Kind),
		Long: fmt.Sprintf(`Delete %ss with all they hold. What goes is shown and asked first; off a
terminal --yes is needed. --dry-run shows and stops.`, r.Kind),
		Args: refs.Args(0, -1, ""),
		RunE: func(command *cobra.Command, args []string) error {
			var err error
			if o.refs, err = refs.All(r.Kind, args); err != nil {
				return err
			}
			return r.delete(command.Context(), a, o)
		},
		ValidArgsFunction: r.CompleteRefs(a),
	}
	refs.Add(command.Flags())
	o.print.Add(command.Flags())
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
	collection, err := r.collection(a)
	if err != nil {
		return err
	}
	storages := make([]doomed[T], len(o.refs))
	forEach(len(o.refs), func(i int) {
		storages[i].ref = o.refs[i]
		storages[i].object, storages[i].err = collection.Get(ctx, o.refs[i])
	})
	if o.dryRun {
		if err := r.printDoomed(ctx, printer, storages); err != nil {
			return err
		}
		return r.outcome(a, storages)
	}
	if err := r.confirmDelete(ctx, a, storages); err != nil {
		return err
	}
	forEach(len(storages), func(i int) {
		// The ID, not the reference: what was shown is what goes.
		if storages[i].err != nil {
			return
		}
		id, err := api.ParseRef(r.Kind, r.Facts(storages[i].object).ID)
		if err == nil {
			err = collection.Delete(ctx, id)
		}
		storages[i].err = err
	})
	for _, storage := range storages {
		if storage.err == nil {
			a.Streams.Notef("deleted %s", r.label(storage.object))
		}
	}
	return r.outcome(a, storages)
}

// confirmDelete names what goes and asks, where there is anything to delete.
func (r Resource[T]) confirmDelete(ctx context.Context, a *app.App, storages []doomed[T]) error {
	if a.Flags.Yes {
		return nil
	}
	var found []*T
	for _, storage := range storages {
		if storage.err == nil {
			found = append(found, storage.object)
			a.Streams.Warnf("%s%s will be gone for good", r.label(storage.object), r.sizeOf(storage.object))
		}
	}
	switch len(found) {
	case 0:
		return nil
	case 1:
		return a.Confirm(ctx, "Delete it?")
	}
	return a.Confirm(ctx, fmt.Sprintf("Delete these %d %ss?", len(found), r.Kind))
}

// sizeOf says how much a storage holds, in the words of its first column.
func (r Resource[T]) sizeOf(object *T) string {
	if len(r.Columns) == 0 {
		return ""
	}
	return fmt.Sprintf(", %s %s,", r.Columns[0].Value(object), r.Columns[0].Name)
}

func (r Resource[T]) printDoomed(ctx context.Context, printer *app.Printer, storages []doomed[T]) error {
	return printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for _, storage := range storages {
			if storage.err != nil {
				continue
			}
			row := r.Facts(storage.object).Raw
			if printer.ForPeople() {
				row = app.TableRow(r.row(printer, storage.object))
			}
			if !yield(row, nil) {
				return
			}
		}
	})
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
