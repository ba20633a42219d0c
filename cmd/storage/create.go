package storage

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

func (r Resource[T]) create() verb.Verb {
	existing := false
	return verb.Verb{
		Use:   "create [NAME]",
		Short: fmt.Sprintf("Create a %s and print its ID", r.Kind),
		Long: fmt.Sprintf(`Create a %s and print its ID, or the whole object with --format.

One without a name expires; one with a name is kept until it is deleted. A name
that is taken is an error, unless --if-not-exists is given.`, r.Kind),
		Example: r.examples(`  apifyctl NAME create my-SAMPLE
  apifyctl NAME create SAMPLE --if-not-exists`),
		Kind: r.Offers(), Rest: verb.Rest{Most: 1}, Prints: verb.Rows, RowType: r.RowType(), Creates: true,
		What: func(flags *pflag.FlagSet) {
			flags.BoolVar(&existing, "if-not-exists", false, "print the existing one if the name is taken")
		},
		Check: func(s *verb.Scope) error {
			if !s.Print.Given() {
				s.Print.Format = "id"
			}
			if len(s.Args) > 0 {
				return api.ValidName(s.Args[0])
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			name := ""
			if len(s.Args) > 0 {
				name = s.Args[0]
			}
			object, created, err := r.Collection(s.Client).Create(ctx, name)
			if err != nil {
				return fmt.Errorf("create %s: %w", r.Kind, err)
			}
			if !created && !existing {
				return failure.WithHint(fmt.Errorf("the name is taken by %s", r.Label(object)),
					"--if-not-exists prints the existing one's ID instead")
			}
			return r.show(ctx, s.Client, s.Printer, object)
		},
	}
}

// Make makes the storage that a verb is about, where there is none.
func (r Resource[T]) Make(ctx context.Context, s *verb.Scope) error {
	if _, err := r.Collection(s.Client).Get(ctx, s.Ref); !api.IsNotFound(err) {
		return s.Failed(err)
	}
	name := strings.TrimPrefix(s.Ref.String(), "~")
	if err := api.ValidName(name); err != nil {
		return failure.Usagef("--create: %v", err)
	}
	object, _, err := r.Collection(s.Client).Create(ctx, name)
	if err != nil {
		return fmt.Errorf("create %s: %w", r.Kind, err)
	}
	s.App.Streams.Notef("created %s", r.Label(object))
	return nil
}
