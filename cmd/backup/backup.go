// Package backupcmd holds the commands that take an account into a directory and
// restore it from there.
package backupcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/backup"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// options are the flags of both commands.
type options struct {
	kinds          []string
	dir            string
	check          bool
	prune, replace bool
	print          app.PrintFlags
}

func (o *options) addShared(flags *pflag.FlagSet) {
	flags.BoolVar(&o.check, "check", false, "change nothing, and compare all that is there: counts, every item, record and request")
}

func (o *options) addKinds(flags *pflag.FlagSet) {
	flags.StringSliceVar(&o.kinds, "kind", nil, "only these kinds: "+strings.Join(transfer.KindNames(), ", "))
}

func (o *options) addLook(flags *pflag.FlagSet) {
	o.print.AddFormat(flags)
	o.print.AddShape(flags)
}

// Command is `apifyctl backup`.
func Command(a *app.App) *cobra.Command {
	var o options
	return verb.Verb{
		Use:   "backup -o DIR",
		Short: "Back up a whole account into a directory, or bring a backup up to date",
		Long: `Take the account's own storages of all kinds, with a name or without, into a
local storage directory: one that --local, serve and Apify's SDKs read. Flags
that select narrow it.

IDs, names, access levels and media types stay as they are, and so do the order
and the state of requests. Sharing with people, schemas and the times at which
storages were made are not kept.

The same command again brings the directory up to date, or goes on where it was
interrupted. Of a dataset only new items are fetched. Records are fetched where
the server has another version. A queue that has changed is fetched anew, and
takes the old one's place when it is complete. What has disappeared from the
account stays in the directory, unless --prune is given.

--check compares the account with the directory. What differs is listed, with
exit code 5, and compared item by item in the next backup.`,
		Example: `  apifyctl backup -o account/
  apifyctl backup -o account/ && apifyctl backup -o account/ --check
  apifyctl backup -o account/ --kind datasets --name "shop-*" --dry-run`,
		Takes: verb.Selected, DryRun: "what would be done",
		What: o.addKinds,
		Look: o.addLook, RowType: row{},
		Values: map[string][]string{"kind": transfer.KindNames(), "format": app.FormatNames()},
		Where: func(flags *pflag.FlagSet) {
			flags.StringVarP(&o.dir, "output", "o", "", "the directory, which need not exist")
		},
		How: func(flags *pflag.FlagSet) {
			o.addShared(flags)
			flags.BoolVar(&o.prune, "prune", false, "delete from the directory what the account no longer has")
		},
		Check: func(s *verb.Scope) error {
			switch {
			case o.dir == "":
				return failure.WithHint(failure.Usagef("the directory for the backup is missing"), "name it with -o DIR")
			case o.check && (o.prune || s.DryRun):
				return failure.Usagef("--check changes nothing; it does not go with --prune or --dry-run")
			}
			return o.checkKinds()
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			from, err := s.App.Default(false)
			if err != nil {
				return err
			}
			to, err := s.App.Directory(o.dir, true)
			if err != nil {
				return err
			}
			return run(ctx, s, o, work{
				from: place(from), to: place(to), dir: o.dir, label: "backup", done: "backed up",
				plan: (*backup.Job).Backup, carry: (*backup.Job).RunBackup,
			})
		},
	}.Command(a)
}

// Restore is `apifyctl restore`.
func Restore(a *app.App) *cobra.Command {
	var o options
	return verb.Verb{
		Use:   "restore DIR",
		Short: "Restore a backup into an account",
		Long: `Put the storages of a directory that backup has made, or of any local storage
directory, into the account, or with --local into another directory. Flags that
select narrow it.

Storages get the names that they had, and unnamed ones stay unnamed; their IDs
are new. A storage that is created gets the access level of the backup. Nothing in
the account is replaced: a storage or a record that has other contents there is
left as it is and listed, with exit code 5, unless --overwrite is given. Items and
records that are missing are added.

The same command again goes on where it was interrupted. --check compares the
directory with the account.`,
		Example: `  apifyctl restore storage/ --dry-run
  apifyctl restore storage/ --kind kvs --name "assets"
  apifyctl restore storage/ --local other/ && apifyctl restore storage/ --local other/ --check`,
		Takes: verb.Selected, Rest: verb.Rest{Least: 1, Most: 1, Name: "the directory of the backup"},
		DryRun: "what would be done", Creates: true,
		What: o.addKinds,
		Look: o.addLook, RowType: row{},
		Values: map[string][]string{"kind": transfer.KindNames(), "format": app.FormatNames()},
		How: func(flags *pflag.FlagSet) {
			o.addShared(flags)
			flags.BoolVar(&o.replace, "overwrite", false, "replace contents of the same name that differ from the backup's")
		},
		Check: func(s *verb.Scope) error {
			o.dir = s.Args[0]
			if o.check && (o.replace || s.DryRun) {
				return failure.Usagef("--check changes nothing; it does not go with --overwrite or --dry-run")
			}
			return o.checkKinds()
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			from, err := s.App.Directory(o.dir, false)
			if err != nil {
				return err
			}
			to, err := s.App.Default(true)
			if err != nil {
				return err
			}
			return run(ctx, s, o, work{
				from: place(from), to: place(to), dir: o.dir, label: "restore", done: "restored",
				plan: (*backup.Job).Restore, carry: (*backup.Job).RunRestore,
			})
		},
	}.Command(a)
}

// work is what a backup and a restore do not have in common.
type work struct {
	from, to    backup.Place
	dir         string
	label, done string
	plan        func(*backup.Job, context.Context) ([]*backup.Step, error)
	carry       func(*backup.Job, context.Context, []*backup.Step) error
}

func place(p app.Place) backup.Place {
	return backup.Place{Client: p.Client, Where: p.Where, Local: p.Local, Recover: p.Recover}
}

func run(ctx context.Context, s *verb.Scope, o options, w work) (err error) {
	if w.from.Local && w.from.Where == w.to.Where {
		return failure.Usagef("%s is both the directory of the backup and what it is about", w.from.Where)
	}
	printer, err := s.App.Printer(o.print)
	if err != nil {
		return err
	}
	job := &backup.Job{
		From: w.from, To: w.to, Dir: w.dir, Replace: o.replace, Prune: o.prune, Tell: s.App.Tell, Note: s.App.Streams.Notef,
	}
	if !s.DryRun && !o.check {
		unlock, err := job.Lock()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	if job.Storages, err = job.Select(ctx, s.Selection, o.wants); err != nil {
		return err
	}
	if len(job.Storages) == 0 && !o.prune {
		s.App.Streams.Notef("no storage matches; nothing is %s", w.done)
		return nil
	}
	if o.check {
		return check(ctx, s, job, printer, w)
	}
	steps, err := w.plan(job, ctx)
	if err != nil {
		return err
	}
	if s.DryRun {
		return printer.Rows(ctx, rows(steps))
	}
	if err := confirm(ctx, s.App, o, steps); err != nil {
		return err
	}
	start := time.Now()
	job.Progress = s.App.StartProgress(w.label, "items", 0)
	err = w.carry(job, ctx, steps)
	job.Progress.Done()
	if o.print.Given() {
		err = errors.Join(err, printer.Rows(ctx, rows(steps)))
	}
	if ctx.Err() == nil {
		s.App.Streams.Notef("%s %s in %s: %s", w.done, output.Plural(count(steps, ""), "storage", "storages"),
			time.Since(start).Round(10*time.Millisecond), summary(steps))
	}
	return err
}

// confirm asks before anything is deleted or replaced.
func confirm(ctx context.Context, a *app.App, o options, steps []*backup.Step) error {
	switch n := count(steps, backup.Delete); {
	case n > 0:
		return a.Confirm(ctx, fmt.Sprintf("Delete %s from %s that the account no longer has? They will be gone for good.", output.Plural(n, "storage", "storages"), o.dir))
	case o.replace && count(steps, backup.Update) > 0:
		return a.Confirm(ctx, "Put what was taken in the place of all that has other contents in the account?")
	}
	return nil
}

func check(ctx context.Context, s *verb.Scope, job *backup.Job, printer *app.Printer, w work) error {
	job.Progress = s.App.StartProgress("check", "storages", int64(len(job.Storages)))
	differ, err := job.Check(ctx, w.label == "backup")
	job.Progress.Done()
	if err != nil {
		return err
	}
	if len(differ) == 0 {
		s.App.Streams.Notef("%s compared, nothing differs", output.Plural(int64(len(job.Storages)), "storage", "storages"))
		return nil
	}
	if err := printer.Rows(ctx, differences(differ)); err != nil {
		return err
	}
	return &differError{&failure.PartialError{Failed: len(differ), Total: len(job.Storages), Noun: "storages"}}
}

// differError says that some differ rather than that they failed.
type differError struct{ *failure.PartialError }

func (e *differError) Error() string {
	return fmt.Sprintf("%d of %s differ", e.Failed, output.Plural(int64(e.Total), "storage", "storages"))
}
func (e *differError) Unwrap() error { return e.PartialError }
