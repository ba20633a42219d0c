package datasets

import (
	"context"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

const gcPercent = 25

type exportOptions struct {
	refs      []api.Ref
	run       string            // the run that the only ref belongs to, where that is known
	selection storage.Selection // instead of refs
	items     api.ItemsOptions
	print     app.PrintFlags
	look      lookFlags
	resume    bool
	follow    bool
}

func exportCommand(a *app.App) *cobra.Command {
	var o exportOptions
	var refs storage.RefFlags
	command := &cobra.Command{
		Use:   "export REF… [-o FILE | -o DIR/ | -o 'DIR/{name}.{ext}']",
		Short: "Export all items, to stdout or to files",
		Long: `Export datasets, complete, to stdout or with --output to files. The format is
that of --format, else that of the file's ending (.csv, .jsonl.gz, …).

A file appears whole or not at all: it is written beside its destination and
renamed when everything is there. Memory stays the same however large the
dataset is.

In csv, tsv, xlsx and html nested values become columns such as reviews/0/name.
The columns are all that occur in any item, sorted, or those of --fields.

Several datasets, named or selected by flags, go to a folder, or to the files
that a pattern makes of their {name} (the ID where there is none), {id} and the
format's {ext}. They are exported at the same time, and one that fails does not
stop the others.

With --resume an export that breaks off keeps what it has fetched, in a hidden
file beside the destination, and the same command goes on from there.

With --follow items are written as they come in, until the run that makes them
has ended or until you press Ctrl-C: jsonl, and csv or tsv with --fields.`,
		Example: `  apifyctl datasets export products -o products.csv
  apifyctl datasets export products --clean --fields name,price -f jsonl
  apifyctl datasets export --last-run john/shop-crawler -o items.xlsx
  apifyctl datasets export --name 'shop-*' -o 'out/{name}.csv.gz'
  apifyctl datasets export --run 1x9vQmZLgTbqEbuH3 --follow | jq .url`,
		Args: refs.ArgsOr(&o.selection),
		RunE: func(command *cobra.Command, args []string) (err error) {
			if o.refs, err = refs.All(api.KindDataset, args); err != nil {
				return err
			}
			o.run = refs.Run
			o.look.given(command.Flags())
			return o.start(command.Context(), a)
		},
		ValidArgsFunction: resource().CompleteRefs(a),
	}
	addItemFlags(command.Flags(), &o.items)
	addPageFlags(command.Flags(), &o.items)
	o.look.add(command.Flags())
	refs.AddOr(command.Flags())
	o.selection.Add(command.Flags())
	o.print.AddFile(command.Flags())
	command.Flags().Lookup("output").Usage = "write to this file, or to files in this folder (DIR/ or a pattern with {name}, {id}, {ext}), instead of stdout; the ending decides the format (- is stdout)"
	command.Flags().BoolVar(&o.resume, "resume", false, "keep what was fetched when the export breaks off, and go on from there")
	command.Flags().BoolVar(&o.follow, "follow", false, "go on with the items that come in, until the run ends or Ctrl-C")
	app.CompleteFormats(command)
	return command
}

// start decides between one dataset and several.
func (o exportOptions) start(ctx context.Context, a *app.App) error {
	if err := checkItems(&o.items); err != nil {
		return err
	}
	to, err := storage.NewDestination(o.print)
	if err != nil {
		return err
	}
	several := o.selection.Given() || len(o.refs) > 1
	switch {
	case several && !to.Many():
		return app.WithHint(app.Usagef("several datasets need a place for each"), "-o DIR/ or -o 'DIR/{name}.csv' makes one file a dataset")
	case o.resume && !to.IsFile():
		return app.Usagef("--resume needs a file: give one with --output")
	case o.follow && (several || to.Many()):
		return app.Usagef("--follow goes with one dataset and one file or stdout")
	}
	e := &exporter{app: a, options: o}
	if err := e.check(to); err != nil { // before the first request
		return err
	}
	if e.client, err = a.Client(); err != nil {
		return err
	}
	// What fills memory are a few large pages without pointers: looking for
	// garbage often costs next to nothing and keeps the peak low.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	switch {
	case o.follow:
		return e.follow(ctx, o.refs[0], to.Path())
	case several:
		return e.several(ctx, to)
	case to.Many():
		return e.intoFolder(ctx, to)
	}
	return e.only(ctx, storage.Target{Ref: o.refs[0], Path: to.Path()})
}
