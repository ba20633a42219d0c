package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// rename uses keep, where it is alone on a terminal, to walk through what has no
// name.
func (r Resource[T]) rename(keep func(context.Context, api.Kind) error) verb.Verb {
	unname := false
	return verb.Verb{
		Use:   "rename REF NAME | rename REF --unname | rename",
		Short: fmt.Sprintf("Name a %s, so that it does not expire", r.Kind),
		Long: fmt.Sprintf(`Give a %s a name, which keeps it beyond its expiry, or another name.

--unname takes the name away: the %s then expires like any unnamed one. On a
terminal it asks first.

Without arguments, on a terminal, it walks through the unnamed ones, as apifyctl
keep does for all kinds.`, r.Kind, r.Kind),
		Example: r.examples(`  apifyctl NAME rename SAMPLE my-SAMPLE`),
		Kind:    r.Offers(), Takes: verb.One, Rest: verb.Rest{Most: 1, Name: "the new NAME"}, Prints: verb.Rows, RowType: r.RowType(),
		What: func(flags *pflag.FlagSet) {
			flags.BoolVar(&unname, "unname", false, "take the name away")
		},
		Complete: func(context.Context, *verb.Scope, string) []string { return []string{} },
		Alone:    func(ctx context.Context) error { return keep(ctx, r.Kind) },
		Check: func(s *verb.Scope) error {
			switch {
			case unname && len(s.Args) > 0:
				return failure.Usagef("too many arguments: %q", s.Args)
			case unname:
				return nil
			case len(s.Args) == 0:
				return failure.Usagef("the new NAME is missing")
			}
			return api.ValidName(s.Args[0])
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			if unname {
				return r.takeName(ctx, s)
			}
			object, err := r.Collection(s.Client).Update(ctx, s.Ref, api.Update{Name: &s.Args[0]})
			if err != nil {
				return s.Failed(err)
			}
			s.App.Streams.Notef("%s %s is now named %q", r.Kind, r.Facts(object).ID, s.Args[0])
			return r.showIfAsked(ctx, s, object)
		},
	}
}

func (r Resource[T]) takeName(ctx context.Context, s *verb.Scope) error {
	at, err := storages.NewExpiry(s.Client).OfUnnamed(ctx)
	if err != nil {
		return err
	}
	fate := "it does not expire here, but only --all and --unnamed show it"
	if !at.IsZero() {
		fate = "it then expires " + output.RelativeTime(at, time.Now())
	}
	if s.App.Streams.CanAsk() {
		if err := s.App.Confirm(ctx, fmt.Sprintf("Take the name of %s %q away? (%s)", r.Kind, s.Ref, fate)); err != nil {
			return err
		}
	}
	object, err := r.Collection(s.Client).Update(ctx, s.Ref, api.Update{Name: new("")})
	if err != nil {
		return s.Failed(err)
	}
	s.App.Streams.Notef("%s has no name any more; %s", r.Label(object), fate)
	return r.showIfAsked(ctx, s, object)
}

// showIfAsked prints what became of a storage where flags ask for output.
func (r Resource[T]) showIfAsked(ctx context.Context, s *verb.Scope, object *T) error {
	if !s.Print.Given() {
		return nil
	}
	return r.show(ctx, s.Client, s.Printer, object)
}
