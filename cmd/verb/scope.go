package verb

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Scope is what a verb works with.
type Scope struct {
	App    *app.App
	Client *api.Client

	Ref       api.Ref   // of One
	Refs      []api.Ref // of Many, unless there is a selection
	Selection storages.Selection
	Only      func(id string) bool // of what is named or selected, the part that is this process's; nil: all
	FromRun   string               // the run that the only reference is of, if it was named so
	Args      []string             // behind the reference, or ahead of it
	DryRun    bool

	Print   app.PrintFlags
	Printer *app.Printer // of Rows

	kind  api.Kind
	flags *pflag.FlagSet
	make  bool // --create
	json  bool // --json, which the official CLI has
}

// Changed tells whether a flag was given.
func (s *Scope) Changed(flag string) bool { return s.flags.Changed(flag) }

// Failed says which storage an error is about.
func (s *Scope) Failed(err error) error { return transfer.Failed(s.kind, s.Ref, err) }

// Several tells that each storage needs a place of its own.
func (s *Scope) Several() bool { return s.Selection.Given() || len(s.Refs) > 1 }

// Rows prints rows; where there are none, it says so on stderr.
func (s *Scope) Rows(ctx context.Context, rows iter.Seq2[json.RawMessage, error], none string) error {
	some := false
	err := s.Printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for row, err := range rows {
			some = true
			if !yield(row, err) {
				return
			}
		}
	})
	if err == nil && !some {
		s.App.Streams.Notef("%s", none)
	}
	return err
}

// Report prints what a verb has done, where flags ask for output; a note has told
// it anyway.
func (s *Scope) Report(ctx context.Context, done any) error {
	if !s.Print.Given() {
		return nil
	}
	row, err := app.JSON(done)
	if err != nil {
		return err
	}
	return s.Printer.One(ctx, row)
}
