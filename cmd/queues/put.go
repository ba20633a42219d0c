package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type putOptions struct {
	input     storage.SourceFlags
	forefront bool
	defaults  defaults
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
		Values: storage.SourceValues(formats()),
		What: func(flags *pflag.FlagSet) {
			o.input.Add(flags, formats())
			flags.BoolVar(&o.forefront, "forefront", false, "put them at the front of the queue")
			flags.StringVar(&o.defaults.method, "method", "", "HTTP method of requests that do not say theirs")
			flags.BoolVar(&o.defaults.extended, "extended-unique-key", false, "tell requests apart by method and payload, not by the URL alone")
			flags.StringVar(&o.defaults.label, "label", "", "userData.label of requests that have none")
			flags.StringArrayVar(&headers, "header", nil, "HTTP header of every request, as 'Name: value'; may be repeated")
		},
		Check: func(*verb.Scope) (err error) {
			o.defaults.headers, err = parseHeaders(headers)
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
	sources, err := o.sources(ctx, a, s.Args)
	if err != nil {
		return err
	}
	p := &putter{queues: s.Client.RequestQueues(), ref: s.Ref, options: o}
	// How many requests a file holds is known at its end only; how many bytes,
	// before.
	if total := input.TotalSize(sources); total > 0 {
		p.progress = a.StartProgress("put", "B", total)
		p.read = func(bytes int) { p.progress.Add(int64(bytes), 0) }
		p.sent = func(int) {}
	} else {
		p.progress = a.StartProgress("put", "requests", 0)
		p.read = func(int) {}
		p.sent = func(requests int) { p.progress.Add(int64(requests), 0) }
	}
	defer p.progress.Done()
	p.group, p.ctx = errgroup.WithContext(ctx)
	p.group.SetLimit(transfer.AtOnce)
	p.inOrder = a.IsLocal()
	err = p.readAll(sources) //nolint:contextcheck // it has the group's
	// A failed batch ends the reading too; its error is the one that tells.
	if failed := p.group.Wait(); failed != nil {
		err = s.Failed(failed)
	}
	p.progress.Done()
	if err == nil && p.taken == 0 {
		err = o.input.Nothing(sources, "requests")
	}
	if err != nil && p.added.Load()+p.present.Load() == 0 {
		return err
	}
	a.Streams.Notef("request queue %q: %s added, %s already present, %s of those already handled", s.Ref,
		output.Count(p.added.Load()), output.Count(p.present.Load()), output.Count(p.handled.Load()))
	if err != nil && failure.Hint(err) == "" {
		err = failure.WithHint(err, "put them again: what is in the queue already is not added twice")
	}
	if err != nil {
		return err
	}
	return s.Report(ctx, addedRow{s.Ref.String(), p.added.Load(), p.present.Load(), p.handled.Load()})
}

type addedRow struct {
	Queue   string `json:"requestQueue"`
	Added   int64  `json:"addedRequestCount"`
	Present int64  `json:"alreadyPresentRequestCount"`
	Handled int64  `json:"alreadyHandledRequestCount"`
}

// putter gathers requests into batches and sends them.
type putter struct {
	queues   api.RequestQueues
	ref      api.Ref
	options  putOptions
	progress *output.Progress
	read     func(bytes int)    // counts what was read
	sent     func(requests int) // counts what was sent
	group    *errgroup.Group
	ctx      context.Context //nolint:containedctx // of the group, for one run
	inOrder  bool
	batch    []json.RawMessage
	bytes    int
	taken    int64 // requests that were read

	added, present, handled atomic.Int64
}

func (p *putter) readAll(sources []input.Source) error {
	for _, s := range sources {
		if err := p.readOne(s); err != nil {
			return err
		}
	}
	p.flush()
	return nil
}

func (p *putter) readOne(s input.Source) error {
	for row, err := range s.Rows(p.read) {
		if err == nil {
			err = p.ctx.Err()
		}
		if err != nil {
			return transfer.ReadFailed(err)
		}
		request, err := p.options.defaults.request(row.JSON)
		if err == nil && len(request)+len("[]") > api.MaxBatchBytes {
			err = fmt.Errorf("the request has %s; %s is the most", output.Bytes(int64(len(request))), output.Bytes(api.MaxBatchBytes))
		}
		if err != nil {
			return s.Failed(row, err)
		}
		if len(p.batch) == api.MaxBatchRequests || p.bytes+len(request)+2 > api.MaxBatchBytes {
			p.flush()
		}
		p.batch = append(p.batch, request)
		p.bytes += len(request) + len(",")
		p.taken++
	}
	return nil
}

func (p *putter) flush() {
	batch := p.batch
	p.batch, p.bytes = nil, 0
	if len(batch) == 0 {
		return
	}
	if !p.inOrder {
		p.group.Go(func() error { return p.send(p.ctx, batch) })
		return
	}
	// A directory gives places in the order in which it reads the batches.
	read := make(chan struct{})
	once := sync.OnceFunc(func() { close(read) })
	ctx := httptrace.WithClientTrace(p.ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { once() }})
	p.group.Go(func() error {
		defer once()
		return p.send(ctx, batch)
	})
	<-read
}

func (p *putter) send(ctx context.Context, batch []json.RawMessage) error {
	return transfer.AddBatch(ctx, p.queues, p.ref, batch, p.options.forefront, func(processed []api.Added) {
		for _, each := range processed {
			switch {
			case !each.WasAlreadyPresent:
				p.added.Add(1)
			case each.WasAlreadyHandled:
				p.handled.Add(1)
				p.present.Add(1)
			default:
				p.present.Add(1)
			}
		}
		p.sent(len(processed))
	})
}

// isURL tells an argument that is a URL from one that is a file.
func isURL(argument string) bool {
	if !strings.Contains(argument, "://") || object.Is(argument) {
		return false
	}
	_, err := os.Stat(argument)
	return err != nil
}
