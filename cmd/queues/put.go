package queues

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/requests"
)

type putOptions struct {
	input     storage.SourceFlags
	forefront bool
	defaults  requests.Defaults
}

func putVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var o putOptions
	var headers []string
	return verb.Verb{
		Use:   "put QUEUE [FILE|URL…]",
		Short: "Add requests: URLs, lines of URLs, JSON, CSV or a sitemap",
		Long: `Add requests to a queue: URLs given as arguments, and files, or stdin when there
are neither (- is stdin too). A file may be an object, s3://BUCKET/KEY, gs://,
az:// or rclone:REMOTE:PATH. It holds URLs, one a line (blank lines and
those that begin with # are skipped), JSON or JSON Lines (objects with a url),
CSV with a column url (the other columns become userData), or a sitemap; gzip and
Zstandard are inflated. Of a sitemap index, the sitemaps that lie beside it under
the same names are read; nothing is fetched.

Text is UTF-8 or UTF-16, or what a sitemap declares; --encoding names another
encoding. Invalid text is an error that names the line. A line, or a <loc>, may
take up to 1 MB. Empty input is an error unless --allow-empty is given.

Requests that the queue already has are not added again. They are told apart by
their unique key, computed as in the JavaScript SDK: from the URL alone, without
the fragment and utm_ parameters, whatever the letter case of the host and the
order of parameters. So a POST is the same request as a GET of its URL, unless
--extended-unique-key, or useExtendedUniqueKey in JSON, makes method and payload
part of the key. JSON may also set keepUrlFragment, or the uniqueKey itself.`,
		Example: `  apifyctl queues put crawl https://example.com/ https://example.com/about
  apifyctl queues put crawl urls.txt --label PRODUCT
  apifyctl queues put crawl sitemap.xml`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Rows, RowType: addedRow{}, Make: kind.Make,
		Values: storage.SourceValues(requests.Formats()),
		What: func(flags *pflag.FlagSet) {
			o.input.Add(flags, requests.Formats())
			flags.BoolVar(&o.forefront, "forefront", false, "put them at the front of the queue")
			flags.StringVar(&o.defaults.Method, "method", "", "HTTP method of requests that do not say theirs")
			flags.BoolVar(&o.defaults.Extended, "extended-unique-key", false, "tell requests apart by method and payload, not by the URL alone")
			flags.StringVar(&o.defaults.Label, "label", "", "userData.label of requests that have none")
			flags.StringArrayVar(&headers, "header", nil, "HTTP header of every request, as 'Name: value'; may be repeated")
		},
		Check: func(*verb.Scope) (err error) {
			o.defaults.Headers, err = parseHeaders(headers)
			return err
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return put(ctx, s, o) },
	}
}

func parseHeaders(lines []string) (map[string]string, error) {
	headers := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, failure.Usagef("--header %q is not of the form 'Name: value'", line)
		}
		headers[name] = strings.TrimSpace(value)
	}
	return headers, nil
}

func put(ctx context.Context, s *verb.Scope, o putOptions) error {
	a := s.App
	sources, err := requests.Sources(s.Args, func(files []string) ([]input.Source, error) {
		return o.input.Sources(ctx, a, requests.Formats(), files, "URLs")
	})
	if err != nil {
		return err
	}
	p := &requests.Putter{Queues: s.Client.RequestQueues(), Ref: s.Ref, Defaults: o.defaults, Forefront: o.forefront, InOrder: a.IsLocal()}
	// How many requests a file holds is known at its end only; how many bytes,
	// before.
	var progress *output.Progress
	count := func(n int) { progress.Add(int64(n), 0) }
	if total := input.TotalSize(sources); total > 0 {
		progress = a.StartProgress("put", "B", total)
		p.Read = count
	} else {
		progress = a.StartProgress("put", "requests", 0)
		p.Sent = count
	}
	defer progress.Done()
	done, err := p.Put(ctx, sources)
	progress.Done()
	if err == nil && done.Taken == 0 {
		err = o.input.Nothing(sources, "requests")
	}
	if err != nil && done.Added+done.Present == 0 {
		return err
	}
	a.Streams.Notef("request queue %q: %s added, %s already present, %s of those already handled", s.Ref,
		output.Count(done.Added), output.Count(done.Present), output.Count(done.Handled))
	if err != nil && failure.Hint(err) == "" {
		err = failure.WithHint(err, "put them again: what is in the queue already is not added twice")
	}
	if err != nil {
		return err
	}
	return s.Report(ctx, addedRow{s.Ref.String(), done.Added, done.Present, done.Handled})
}

type addedRow struct {
	Queue   string `json:"requestQueue"`
	Added   int64  `json:"addedRequestCount"`
	Present int64  `json:"alreadyPresentRequestCount"`
	Handled int64  `json:"alreadyHandledRequestCount"`
}
