package kvs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/mediatype"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/spool"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type putOptions struct {
	key, file   string
	text, json  *string
	contentType string
	allowEmpty  bool
	ifAbsent    bool
}

// stdin as a file's name.
const stdin = "-"

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
			flags.StringVarP(&o.contentType, "content-type", "t", "", "the media type, such as image/png")
			flags.BoolVar(&o.allowEmpty, "allow-empty", false, "store an empty value if stdin is empty")
			flags.BoolVar(&o.ifAbsent, "if-absent", false, "keep an existing value (two commands at once may both store)")
		},
		Check: func(s *verb.Scope) error {
			o.key = s.Args[0]
			if len(s.Args) > 1 {
				o.file = s.Args[1]
			}
			if s.Changed("value") {
				o.text = &text
			}
			if s.Changed("json") {
				o.json = &jsonText
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
			o.json = &s.Args[1]
		} else if len(s.Args) > 1 {
			o.text = &s.Args[1]
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
	if err := api.ValidKey(o.key); err != nil {
		return failure.Usagef("%v", err)
	}
	sources := 0
	for _, given := range []bool{o.file != "", o.text != nil, o.json != nil} {
		if given {
			sources++
		}
	}
	switch {
	case sources > 1:
		return failure.Usagef("a file, --value and --json are several values; one is needed")
	case sources == 0 && a.Streams.InTerminal:
		return failure.WithHint(failure.Usagef("no value, and stdin is a terminal"), "name a file, pipe the value in, or use --value or --json")
	case o.json != nil && !json.Valid([]byte(*o.json)):
		return failure.Usagef("--json: %q is not JSON", *o.json)
	}
	if o.contentType != "" {
		if _, _, err := mime.ParseMediaType(o.contentType); err != nil || !strings.Contains(o.contentType, "/") {
			return failure.Usagef("--content-type: %q is no media type", o.contentType)
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
		switch _, err := s.HeadRecord(ctx, s.Ref, o.key); {
		case err == nil:
			a.Streams.Notef("record %q is there already and stays", o.key)
			return nil
		case !api.IsNotFound(err):
			return s.RecordFailed(o.key, err)
		}
	}
	v, err := o.put(ctx, a, s)
	if err != nil {
		return s.Missing(ctx, o.key, err)
	}
	return scope.Report(ctx, storedRow{o.key, v.ContentType, v.Size})
}

func (o *putOptions) put(ctx context.Context, a *app.App, s transfer.Store) (v transfer.Value, err error) {
	piped := &spool.Spool{}
	defer func() { err = errors.Join(err, piped.Close()) }()
	if v, err = o.value(ctx, a, piped); err != nil {
		return v, err
	}
	if err := s.Upload(ctx, o.key, v, !a.IsLocal()); err != nil {
		return v, err
	}
	a.Streams.Notef("stored %q in key-value store %q: %s, %s", o.key, s.Ref, output.Bytes(v.Size), v.ContentType)
	return v, nil
}

// value finds what is to be stored. Stdin is read to its end first: a request
// that has to be sent again needs it from the start.
func (o *putOptions) value(ctx context.Context, a *app.App, piped *spool.Spool) (v transfer.Value, err error) {
	v.ContentType = o.contentType
	name := ""
	switch {
	case o.text != nil:
		return o.literal(v, *o.text, mediatype.Text, piped)
	case o.json != nil:
		return o.literal(v, *o.json, mediatype.JSON, piped)
	case o.file == "" || o.file == stdin:
		if _, err := io.Copy(piped, a.Streams.Input(ctx)); err != nil {
			return v, err
		}
		if piped.Size() == 0 && !o.allowEmpty {
			return v, failure.WithHint(errors.New("stdin is empty, nothing was stored"), "--allow-empty stores an empty value on purpose")
		}
		v.Size, v.Open = piped.Size(), piped.Open
	default:
		info, err := os.Stat(o.file)
		if err != nil {
			return v, err
		}
		if info.IsDir() {
			return v, failure.WithHint(failure.Usagef("%q is a directory", o.file), "`apifyctl kvs import` stores a folder's files")
		}
		name = filepath.Base(o.file)
		if !info.Mode().IsRegular() { // a pipe, which can be read only once
			return o.pipe(v, piped)
		}
		v.Size, v.Open = info.Size(), func() (io.ReadCloser, error) { return os.Open(o.file) }
	}
	if v.ContentType == "" {
		v.ContentType, err = v.TypeFor(name, o.key)
	}
	return v, err
}

func (o *putOptions) literal(v transfer.Value, text, kind string, kept *spool.Spool) (transfer.Value, error) {
	if v.ContentType == "" {
		v.ContentType = kind
		if o.json == nil && mediatype.HasEnding(o.key) {
			v.ContentType = mediatype.ForName(o.key)
		}
	}
	_, err := io.WriteString(kept, text)
	v.Size, v.Open = kept.Size(), kept.Open
	return v, err
}

func (o *putOptions) pipe(v transfer.Value, kept *spool.Spool) (_ transfer.Value, err error) {
	file, err := os.Open(o.file)
	if err != nil {
		return v, err
	}
	_, err = io.Copy(kept, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return v, err
	}
	v.Size, v.Open = kept.Size(), kept.Open
	if v.ContentType == "" {
		v.ContentType, err = v.TypeFor(o.key)
	}
	return v, err
}
