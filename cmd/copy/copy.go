// Package copycmd is the command that copies a dataset to another one.
package copycmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

type options struct{ resume, appending bool }

// Command is `apifyctl copy`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "copy SRC DST",
		Short: "Copy a dataset to another account, to a directory, or back",
		Long: `Copy all items of a dataset to another one, in their order. Either side is

  REF             in the account or directory that other commands work on
  cloud:REF       in the cloud, whatever directory the environment names
  local:DIR/REF   in a local storage directory
  PROFILE:REF     in the account, or directory, of a profile

A destination that is missing is made. One that holds items is written to only
with --append, which adds to what is there, or --resume, which goes on with a copy
that was interrupted. The numbers of items are compared at the end, and nothing is
deleted at the source.`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			return copyDataset(command.Context(), a, args[0], args[1], o)
		},
	}
	command.Flags().BoolVar(&o.resume, "resume", false, "go on with a copy that was interrupted")
	command.Flags().BoolVar(&o.appending, "append", false, "add to a destination that holds items")
	return command
}

func copyDataset(ctx context.Context, a *app.App, from, to string, o options) error {
	if o.resume && o.appending {
		return app.Usagef("--resume and --append contradict each other")
	}
	source, err := parseSide(from)
	if err != nil {
		return err
	}
	destination, err := parseSide(to)
	if err != nil {
		return err
	}
	if err := errors.Join(source.connect(a, false), destination.connect(a, true)); err != nil {
		return err
	}
	origin, err := source.client.Datasets().Get(ctx, source.ref)
	if err != nil {
		return named(source, err)
	}
	target, err := destination.open(ctx)
	if err != nil {
		return named(destination, err)
	}
	there, err := destination.count(ctx, target)
	if err != nil {
		return named(destination, err)
	}
	switch {
	case origin.ID == target.ID:
		return app.Usagef("%q and %q are the same dataset", from, to)
	case there > 0 && !o.resume && !o.appending:
		return app.WithHint(app.Usagef("dataset %q holds %s already", to, output.Plural(there, "item", "items")),
			"--append adds to them, --resume goes on with an interrupted copy")
	}
	offset := int64(0)
	if o.resume {
		offset = there
		if err := sameSoFar(ctx, source, destination, there); err != nil {
			return err
		}
	}
	start := time.Now()
	copied, err := transfer(ctx, a, source, destination, offset, origin.ItemCount)
	if err != nil {
		return app.WithHint(fmt.Errorf("after %s: %w", output.Plural(copied, "item", "items"), err), "--resume goes on where it ended")
	}
	if err := verify(ctx, destination, target, there+copied); err != nil {
		return err
	}
	a.Streams.Notef("copied %s to %q in %s; it holds %s", output.Plural(copied, "item", "items"), to,
		time.Since(start).Round(time.Millisecond), output.Plural(there+copied, "item", "items"))
	return nil
}

func named(s side, err error) error { return fmt.Errorf("dataset %q: %w", s.text, err) }

// open returns the destination, made now where there is none of that name.
func (s side) open(ctx context.Context) (*api.Dataset, error) {
	found, err := s.client.Datasets().Get(ctx, s.ref)
	if !api.IsNotFound(err) || s.name() == "" {
		return found, err
	}
	made, _, err := s.client.Datasets().Create(ctx, s.name())
	return made, err
}

// count is how many items a dataset holds. What it says of itself can be behind
// what was just written, so what lies beyond is counted too.
func (s side) count(ctx context.Context, dataset *api.Dataset) (int64, error) {
	count := dataset.ItemCount
	for page, err := range s.client.Datasets().Pages(ctx, s.ref, api.ItemsOptions{Offset: count}) {
		if err != nil {
			return 0, err
		}
		count += int64(page.Count)
	}
	return count, nil
}

// sameSoFar guards a resumed copy: what the destination holds must be the
// source's beginning, which the last item tells.
func sameSoFar(ctx context.Context, source, destination side, count int64) error {
	if count == 0 {
		return nil
	}
	last := [2]string{}
	for i, s := range []side{source, destination} {
		for page, err := range s.client.Datasets().Pages(ctx, s.ref, api.ItemsOptions{Offset: count - 1, Limit: 1}) {
			if err != nil {
				return named(s, err)
			}
			text, err := rawjson.AppendCompact(nil, page.Data)
			if err != nil {
				return named(s, err)
			}
			last[i] = string(text)
		}
	}
	if last[0] != last[1] {
		return app.Usagef("what %q holds is not the beginning of %q", destination.text, source.text)
	}
	return nil
}

func transfer(ctx context.Context, a *app.App, source, destination side, offset, total int64) (copied int64, err error) {
	progress := a.StartProgress("copy", "items", max(0, total-offset))
	defer progress.Done()
	for page, err := range source.client.Datasets().Pages(ctx, source.ref, api.ItemsOptions{Offset: offset}) {
		if err != nil {
			return copied, named(source, err)
		}
		for part, err := range parts(page.Data, api.MaxPushBytes) {
			if err == nil {
				err = destination.client.Datasets().Push(ctx, destination.ref, part.data)
			}
			if err != nil {
				return copied, named(destination, err)
			}
			copied += part.count
			progress.Add(part.count, int64(len(part.data)))
		}
	}
	return copied, nil
}

// patience is how long a total may be behind what was written, in tries a second
// apart.
const patience = 15

// verify compares the number of items with what should be there.
func verify(ctx context.Context, destination side, target *api.Dataset, want int64) error {
	for try := 1; ; try++ {
		dataset, err := destination.client.Datasets().Get(ctx, destination.ref)
		if err != nil {
			return named(destination, err)
		}
		if dataset.ItemCount == want && dataset.ID == target.ID {
			return nil
		}
		if dataset.ItemCount > want || try == patience {
			return fmt.Errorf("dataset %q holds %d items after the copy, not %d", destination.text, dataset.ItemCount, want)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
