package datasets

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
)

type putOptions struct {
	delimiter string
	input     storage.SourceFlags
}

func putVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var o putOptions
	return verb.Verb{
		Use:     "put REF [FILE…|JSON]",
		Aliases: []string{"push-items"}, // as in the official CLI
		Short:   "Push items from JSON, JSON Lines or CSV",
		Long: `Push items to the end of a dataset: from files, from objects (s3://BUCKET/KEY,
gs://, az://, rclone:REMOTE:PATH), or from stdin when there are none (- is stdin
too); or the JSON that is given as the only argument. Items are
sent in their order, many in one request, and
a request is not repeated when it may have been carried out.

JSON is an array of objects or objects in a row; CSV and TSV need a header.
Cells that read like JSON numbers and booleans become numbers and booleans,
unless --strings is given; empty cells are left out. A first line such as sep=;
names the delimiter. Input may be compressed with gzip or Zstandard.

Text is UTF-8 or UTF-16; --encoding names another encoding. Invalid text is an
error that names the line. An item, or a row, may take up to 32 MB. Empty input
is an error, since it usually means that a pipeline has failed; --allow-empty
accepts it.`,
		Example: `  apifyctl datasets put products items.jsonl more.csv
  apifyctl datasets put products '{"id": 301, "name": "Lamp"}'
  cat items.jsonl | apifyctl datasets put products`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Rows, RowType: putRow{}, Make: kind.Make,
		Values: storage.SourceValues(input.Items()),
		What: func(flags *pflag.FlagSet) {
			o.input.Add(flags, input.Items())
			flags.StringVar(&o.delimiter, "delimiter", "", "what stands between the cells of csv (default a comma, or what sep= says)")
			flags.BoolVar(&o.input.Options.Strings, "strings", false, "keep cells of csv and tsv as text")
		},
		Check: func(*verb.Scope) (err error) {
			o.input.Options.Delimiter, err = delimiterOf(o.delimiter)
			return err
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return put(ctx, s, o) },
	}
}

func put(ctx context.Context, s *verb.Scope, o putOptions) error {
	sources, err := o.sources(ctx, s)
	if err != nil {
		return err
	}
	progress := s.App.StartProgress("put", "B", input.TotalSize(sources))
	defer progress.Done()
	stored, err := items.Push(ctx, s.Client.Datasets(), s.Ref, sources, func(n int) { progress.Add(int64(n), int64(n)) })
	progress.Done()
	if err == nil && stored == 0 {
		err = o.input.Nothing(sources, "items")
	}
	if err != nil {
		return err
	}
	s.App.Streams.Notef("put %s into dataset %q", output.Plural(stored, "item", "items"), s.Ref)
	return s.Report(ctx, putRow{s.Ref.String(), stored})
}

type putRow struct {
	Dataset string `json:"dataset"`
	Items   int64  `json:"itemCount"`
}

// sources are files, or items that are written on the command line, as
// push-items of the official CLI has them.
func (o putOptions) sources(ctx context.Context, s *verb.Scope) ([]input.Source, error) {
	if len(s.Args) == 1 && isJSON(s.Args[0]) {
		opener := input.Opener{Formats: input.Items(), Format: "json", Stdin: strings.NewReader(s.Args[0])}
		source, err := opener.Source(input.Stdin)
		source.Name = "the argument"
		return []input.Source{source}, err
	}
	return o.input.Sources(ctx, s.App, input.Items(), s.Args, "items")
}

// isJSON tells an object or an array from the name of a file.
func isJSON(argument string) bool {
	return (strings.HasPrefix(argument, "{") || strings.HasPrefix(argument, "[")) && json.Valid([]byte(argument))
}
