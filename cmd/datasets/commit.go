package datasets

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/bulk"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// Commit is `apifyctl commit`.
func Commit(a *app.App) *cobra.Command {
	var at string
	return verb.Verb{
		Use:   "commit --plan PLAN",
		Short: "Find out whether all units of a plan are done, and say so with _SUCCESS",
		Long: `Hold the receipts that workers have left against their plan. Where all units are
done and their files are there, write manifest.json, which lists the files with
their items, bytes and SHA-256, and behind it _SUCCESS, both to the plan's
folder. Once that is written, the command only says so.

Where units are missing, list them on stdout, with exit code 5: run their shards
again. Whether an engine calls the job done or failed makes no difference.`,
		Example: `  apifyctl plan --all --to "{name}.jsonl" -o job/plan.jsonl && \
    apifyctl datasets export --plan job/plan.jsonl -o "{name}.jsonl" && \
    apifyctl commit --plan job/plan.jsonl`,
		Prints: verb.Rows, RowType: missingRow{},
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&at, "plan", "", "the plan (a file, s3://, gs://, az://)")
		},
		NoAccount: true,
		Check: func(*verb.Scope) error {
			if at == "" {
				return failure.Usagef("which plan? Give its path with --plan")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return commit(ctx, s, at) },
	}.Command(a)
}

func commit(ctx context.Context, s *verb.Scope, at string) error {
	job, err := bulk.Open(ctx, s.App, at)
	if err != nil {
		return planError(err)
	}
	done, err := job.Committed(ctx)
	if err != nil {
		return failure.WithHint(err, "a job needs a folder of its own")
	}
	name := "job " + job.Job[:12]
	if done {
		s.App.Streams.Notef("%s was committed before", name)
		return nil
	}
	state, err := job.Look(ctx, -1)
	if err != nil {
		return fmt.Errorf("receipts of the plan: %w", err)
	}
	if len(state.Missing) > 0 {
		return listMissing(ctx, s, job, state)
	}
	if err := job.Commit(ctx, state.Done); err != nil {
		return err
	}
	var items, size int64
	for _, r := range state.Done {
		items += r.Items
		size += r.Bytes
	}
	s.App.Streams.Notef("%s is done: %s, %s, %s: %s", name, output.Plural(int64(len(state.Done)), "file", "files"),
		output.Plural(items, "item", "items"), output.Bytes(size), filepath.ToSlash(job.Folder())+bulk.ManifestName)
	return nil
}

// listMissing tells what is missing, for the engine that runs the shards again.
func listMissing(ctx context.Context, s *verb.Scope, job *bulk.Job, state bulk.State) error {
	rows := make([]json.RawMessage, len(state.Missing))
	for i, m := range state.Missing {
		row, err := app.JSON(missingRow{m.Shard, m.Unit.Unit, m.Dataset, m.Name, m.Offset, m.Limit, m.Why})
		if err != nil {
			return err
		}
		rows[i] = row
	}
	if err := s.Printer.Rows(ctx, app.Each(rows)); err != nil {
		return err
	}
	return &missingError{&failure.PartialError{Failed: len(state.Missing), Total: job.Count, Noun: "units"}}
}

type missingRow struct {
	Shard   int    `json:"shard"`
	Unit    int    `json:"unit"`
	Dataset string `json:"dataset"`
	Name    string `json:"name"`
	Offset  int64  `json:"offset"`
	Limit   int64  `json:"limit"`
	Why     string `json:"why"`
}

// missingError says that some are missing rather than that they failed.
type missingError struct{ *failure.PartialError }

func (e *missingError) Error() string {
	return fmt.Sprintf("%d of %s are missing", e.Failed, output.Plural(int64(e.Total), "unit", "units"))
}
func (e *missingError) Unwrap() error { return e.PartialError }
