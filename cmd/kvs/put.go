package kvs

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/records"
	"github.com/apifyctl/apifyctl/internal/spool"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type putOptions struct {
	records.Given
	ifAbsent bool
}

func putVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	v, _ := putWith(kind)
	return v
}

func putWith(kind storage.Resource[api.KeyValueStore]) (verb.Verb, *putOptions) {
	o := &putOptions{}
	var text, jsonText string
	return verb.Verb{
		Use:   "put STORE KEY [FILE]",
		Short: "Store a value from a file, an argument or stdin",
		Long: `Store a value under a key, replacing the one that is there: from a file, from
--value or --json, or from stdin.

The media type is that of --content-type, else that of the file's or the key's
ending, else that of the value's first bytes. Large text is sent compressed. The size
that the server reports afterwards is checked.

An empty stdin stores nothing and fails, since it usually means that a pipeline
has failed; --allow-empty accepts it.`,
		Example: `  apifyctl kvs put assets photo.jpg photo.jpg
  apifyctl kvs put default INPUT --json '{"maxItems": 10}'
  echo "<h1>Sale</h1>" | apifyctl kvs put assets page.html`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Least: 1, Most: 2, Name: "the key"}, Prints: verb.Rows, RowType: storedRow{}, Make: kind.Make,
		Complete: completeKeyThenFile,
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&text, "value", "", "store this text")
			flags.StringVar(&jsonText, "json", "", "store this JSON")
			flags.StringVarP(&o.ContentType, "content-type", "t", "", "the media type, such as image/png")
			flags.BoolVar(&o.AllowEmpty, "allow-empty", false, "store an empty value if stdin is empty")
			flags.BoolVar(&o.ifAbsent, "if-absent", false, "keep an existing value (two commands at once may both store)")
		},
		Check: func(s *verb.Scope) error {
			o.Key = s.Args[0]
			if len(s.Args) > 1 {
				o.File = s.Args[1]
			}
			if s.Changed("value") {
				o.Text = &text
			}
			if s.Changed("json") {
				o.JSON = &jsonText
			}
			return o.check(s.App)
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return o.run(ctx, s, storeOf(s)) },
	}, o
}

// setValueVerb is how the official CLI stores a value: it is an argument.
func setValueVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	v, o := putWith(kind)
	v.Use, v.Short, v.Hidden = "set-value STORE KEY [VALUE]", "Store a value, as the official CLI does", true
	v.Long, v.Example, v.Rest.Empty = "", "", true
	check := v.Check
	v.Check = func(s *verb.Scope) error {
		if len(s.Args) > 1 && json.Valid([]byte(s.Args[1])) {
			o.JSON = &s.Args[1]
		} else if len(s.Args) > 1 {
			o.Text = &s.Args[1]
		}
		if len(s.Args) > 1 {
			s.Args = s.Args[:1]
		}
		return check(s)
	}
	return v
}

// completeKeyThenFile offers files after the key.
func completeKeyThenFile(ctx context.Context, s *verb.Scope, typed string) []string {
	if len(s.Args) > 0 {
		return nil
	}
	return storage.CompleteKeys(ctx, s, typed)
}

func (o *putOptions) check(a *app.App) error {
	if err := api.ValidKey(o.Key); err != nil {
		return failure.Usagef("%v", err)
	}
	sources := 0
	for _, given := range []bool{o.File != "", o.Text != nil, o.JSON != nil} {
		if given {
			sources++
		}
	}
	switch {
	case sources > 1:
		return failure.Usagef("a file, --value and --json are several values; one is needed")
	case sources == 0 && a.Streams.InTerminal:
		return failure.WithHint(failure.Usagef("no value, and stdin is a terminal"), "name a file, pipe the value in, or use --value or --json")
	case o.JSON != nil && !json.Valid([]byte(*o.JSON)):
		return failure.Usagef("--json: %q is not JSON", *o.JSON)
	}
	if o.ContentType != "" {
		if _, _, err := mime.ParseMediaType(o.ContentType); err != nil || !strings.Contains(o.ContentType, "/") {
			return failure.Usagef("--content-type: %q is no media type", o.ContentType)
		}
	}
	return nil
}

type storedRow struct {
	Key         string `json:"key"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`
}

func (o *putOptions) run(ctx context.Context, scope *verb.Scope, s transfer.Store) error {
	a := scope.App
	if o.ifAbsent {
		switch _, err := s.HeadRecord(ctx, s.Ref, o.Key); {
		case err == nil:
			a.Streams.Notef("record %q is there already and stays", o.Key)
			return nil
		case !api.IsNotFound(err):
			return s.RecordFailed(o.Key, err)
		}
	}
	v, err := o.put(ctx, a, s)
	if err != nil {
		return s.Missing(ctx, o.Key, err)
	}
	return scope.Report(ctx, storedRow{o.Key, v.ContentType, v.Size})
}

func (o *putOptions) put(ctx context.Context, a *app.App, s transfer.Store) (v transfer.Value, err error) {
	piped := &spool.Spool{}
	defer func() { err = errors.Join(err, piped.Close()) }()
	if v, err = o.Value(a.Streams.Input(ctx), piped); err != nil {
		return v, err
	}
	if err := s.Upload(ctx, o.Key, v, !a.IsLocal()); err != nil {
		return v, err
	}
	a.Streams.Notef("stored %q in key-value store %q: %s, %s", o.Key, s.Ref, output.Bytes(v.Size), v.ContentType)
	return v, nil
}
