package kvs

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/records"
	"github.com/apifyctl/apifyctl/internal/rowschema"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type getOptions struct {
	keys     []string
	head     bool
	fallback *string
	print    app.PrintFlags
}

// getVerb prints a store's facts, or the values of records.
func getVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	var o getOptions
	web, fallback := false, ""
	return verb.Verb{
		Use:     "get STORE [KEY…]",
		Aliases: []string{"info", "get-value"},
		Short:   "Print a record's value, or a store's facts",
		Long: `Print the value of a record, byte for byte as it was stored, or with --output
save it as a file. Without a KEY show the store's facts.

A value that is stored compressed is decompressed. When the connection breaks,
the transfer continues where it stopped; a file appears whole or not at all.
With several keys, --output names a folder.

On a terminal, JSON is indented and control characters are left out of text;
binary values need --output.`,
		Example: `  apifyctl kvs get default INPUT
  apifyctl kvs get assets logo -o logo.png
  apifyctl kvs get assets OUTPUT --default "{}"
  apifyctl kvs get assets logo --head`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Files, RowType: rowschema.Either{kind.RowType(), head{}}, Complete: storage.CompleteKeys, Row: kind.First,
		What: func(flags *pflag.FlagSet) {
			flags.BoolVar(&o.head, "head", false, "print media type, size and encoding of the record instead of its value")
			flags.StringVar(&fallback, "default", "", "print this instead of failing if the key is missing")
		},
		Look: func(flags *pflag.FlagSet) { o.print.AddShape(flags) },
		How:  func(flags *pflag.FlagSet) { storage.AddWeb(flags, &web) },
		Run: func(ctx context.Context, s *verb.Scope) (err error) {
			o.keys, o.print.Format, o.print.Output, o.print.NoClobber = s.Args, s.Print.Format, s.Print.Output, s.Print.NoClobber
			if s.Changed("default") {
				o.fallback = &fallback
			}
			switch {
			case len(o.keys) > 0:
				return o.run(ctx, s.App, storeOf(s))
			case o.head || o.fallback != nil:
				return failure.Usagef("which record? Give its key")
			case web:
				return kind.Web(ctx, s)
			}
			if s.Printer, err = s.App.Printer(o.print); err != nil {
				return err
			}
			return kind.ShowFacts(ctx, s)
		},
	}
}

func (o getOptions) run(ctx context.Context, a *app.App, s transfer.Store) error {
	for _, key := range o.keys {
		if err := api.ValidKey(key); err != nil {
			// Local stores may have been given other keys; the cloud has none.
			if !a.IsLocal() || key == "" {
				return failure.Usagef("%v", err)
			}
		}
	}
	shaped := o.print
	shaped.Output = ""
	switch {
	case o.head && o.fallback != nil:
		return failure.Usagef("--head and --default contradict each other")
	case !o.head && shaped.Given():
		return failure.Usagef("--format, --columns and --jq shape facts; a value is printed as it is")
	case len(o.keys) > 1 && o.fallback != nil:
		return failure.Usagef("--default goes with one key")
	case len(o.keys) > 1 && !o.head && (o.print.Output == "" || o.print.Output == "-"):
		return failure.WithHint(failure.Usagef("several values need a folder to go to"), "name it with --output DIR")
	}
	var err error
	switch {
	case o.head:
		return o.heads(ctx, a, s)
	case len(o.keys) > 1:
		return o.toFolder(ctx, a, s)
	case o.print.Output != "" && o.print.Output != "-":
		err = o.toFile(ctx, a, s, o.print.Output, o.keys[0])
	default:
		err = o.toStdout(ctx, a, s)
	}
	if api.IsNotFound(err) && o.fallback != nil {
		return o.useDefault(ctx, a, s)
	}
	return s.Missing(ctx, o.keys[0], err)
}

// useDefault stands in for a missing key, not for a missing store.
func (o getOptions) useDefault(ctx context.Context, a *app.App, s transfer.Store) error {
	if _, err := s.Get(ctx, s.Ref); err != nil {
		return s.Failed(err)
	}
	if path := o.print.Output; path != "" && path != "-" {
		to, err := a.CreateRaw(ctx, path, sink.Writing{NoClobber: o.print.NoClobber})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(to, *o.fallback); err != nil {
			return errors.Join(err, to.Abort())
		}
		return to.Commit()
	}
	_, err := io.WriteString(a.Streams.Out, *o.fallback)
	return err
}

func (o getOptions) toStdout(ctx context.Context, a *app.App, s transfer.Store) error {
	if a.Streams.OutTerminal {
		return records.Show(ctx, s, o.keys[0], a.Streams.Out)
	}
	// What was written cannot be taken back, so this never begins again.
	_, err := s.CopyOnce(ctx, api.Key{Key: o.keys[0]}, func(api.RecordInfo) (io.Writer, error) { return a.Streams.Out, nil })
	return err
}

func (o getOptions) toFile(ctx context.Context, a *app.App, s transfer.Store, path, key string) error {
	progress := a.StartProgress(key, "B", 0)
	defer progress.Done()
	return records.Save(ctx, a, s, key, path, sink.Writing{NoClobber: o.print.NoClobber}, progress)
}

func (o getOptions) toFolder(ctx context.Context, a *app.App, s transfer.Store) error {
	dir := o.print.Output
	if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // the user's umask decides
		return err
	}
	names := archive.NewNames(nil)
	files := map[string]string{}
	for _, key := range o.keys {
		files[key] = filepath.Join(dir, names.For(key))
	}
	return records.Each(ctx, a.Tell, o.keys, transfer.DefaultConcurrency, func(ctx context.Context, key string) error {
		return s.Missing(ctx, key, o.toFile(ctx, a, s, files[key], key))
	})
}
