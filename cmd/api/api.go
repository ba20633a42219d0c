// Package api is the command for endpoints that have no command of their own.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
)

type options struct {
	method, path string
	fields       []string
	headers      []string
	input        string
	contentType  string
	paginate     bool
	jq           string
	output       string
	noClobber    bool
}

// Command is `apifyctl api`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "api [METHOD] PATH",
		Short: "Call any endpoint of the API",
		Long: `Call any endpoint with the account's token, and write the answer's body to
stdout, byte for byte. PATH is what follows /v2. METHOD defaults to GET, or to
POST if --input gives a body.

Each --field becomes a parameter of the URL. --paginate follows a list to its end and
prints all of its items as one JSON array. --jq filters an answer in JSON.`,
		Example: `  apifyctl api users/me --jq .data.username
  apifyctl api datasets --field limit=5 --field desc=1
  apifyctl api PUT key-value-stores/~assets/records/photo.jpg --input photo.jpg --content-type image/jpeg`,
		Args: verb.Args(1, "PATH", ""),
		RunE: func(command *cobra.Command, args []string) error {
			o.path = args[len(args)-1]
			switch {
			case len(args) == 2 && o.method != "":
				return failure.Usagef("--method and %q contradict each other", args[0])
			case len(args) == 2:
				o.method = strings.ToUpper(args[0])
			case o.method != "":
				o.method = strings.ToUpper(o.method)
			case slices.Contains(methods(), strings.ToUpper(o.path)):
				return failure.Usagef("PATH is missing")
			case o.input != "":
				o.method = http.MethodPost
			default:
				o.method = http.MethodGet
			}
			return call(command.Context(), a, o)
		},
		ValidArgs: methods(),
	}
	flags := command.Flags()
	flags.StringVarP(&o.method, "method", "X", "", "as curl and gh have it")
	flags.Lookup("method").Hidden = true
	flags.StringArrayVar(&o.fields, "field", nil, "add this parameter, name=value, to the URL")
	flags.StringArrayVarP(&o.headers, "header", "H", nil, "send this header, as 'Name: value'")
	flags.StringVar(&o.input, "input", "", "send this file as the body (- is stdin)")
	flags.StringVar(&o.contentType, "content-type", "application/json; charset=utf-8", "the media type of the body")
	flags.BoolVar(&o.paginate, "paginate", false, "follow a list to its end")
	flags.StringVar(&o.jq, "jq", "", "filter the answer with a jq expression")
	flags.StringVarP(&o.output, "output", "o", "", "write to this file instead of stdout")
	flags.BoolVar(&o.noClobber, "no-clobber", false, "leave a file that is there as it is, and do nothing")
	return command
}

func methods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

func call(ctx context.Context, a *app.App, o options) error {
	request, err := o.request()
	if err != nil {
		return err
	}
	if kept, err := a.Kept(ctx, app.PrintFlags{NoClobber: o.noClobber}, o.output); err != nil || kept {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	if request.Body, err = body(ctx, a, o.input); err != nil {
		return err
	}
	if o.jq != "" {
		return filtered(ctx, a, client, request, o)
	}
	to := sink.Stream(a.Streams.Out)
	terminal := false
	switch {
	case o.output != "" && o.output != "-":
		if to, err = a.Create(ctx, o.output, sink.Writing{}); err != nil {
			return err
		}
	case a.Streams.OutTerminal:
		to, terminal = sink.Stream(output.SafeWriter(a.Streams.Out)), true
	}
	if o.paginate {
		err = paginate(ctx, client, request, to)
	} else {
		err = once(ctx, client, request, to, terminal)
	}
	if err != nil {
		return errors.Join(err, to.Abort())
	}
	return to.Commit()
}

// filtered runs --jq over the answer, which it holds in memory.
func filtered(ctx context.Context, a *app.App, client *api.Client, request api.RawRequest, o options) error {
	printer, err := a.Printer(app.PrintFlags{JQ: o.jq, Output: o.output})
	if err != nil {
		return err
	}
	var answer bytes.Buffer
	if o.paginate {
		err = paginate(ctx, client, request, &answer)
	} else {
		err = once(ctx, client, request, &answer, false)
	}
	if err != nil {
		return err
	}
	if !json.Valid(answer.Bytes()) {
		return failure.Usagef("--jq: the answer is not JSON")
	}
	return printer.One(ctx, answer.Bytes())
}

// request reads the arguments. A path never leads out of the API's version 2.
func (o options) request() (api.RawRequest, error) {
	request := api.RawRequest{Method: o.method, ContentType: o.contentType, Query: url.Values{}}
	if !slices.Contains(methods(), o.method) {
		return request, failure.Usagef("%q is no method; known are %s", o.method, strings.Join(methods(), ", "))
	}
	if o.paginate && o.method != http.MethodGet {
		return request, failure.Usagef("--paginate goes with GET")
	}
	target, err := url.Parse("/" + strings.TrimPrefix(strings.TrimPrefix(o.path, "/"), "v2/"))
	if err != nil || target.Host != "" || path.Clean(target.Path) != strings.TrimSuffix(target.Path, "/") {
		return request, failure.Usagef("%q is no path below /v2", o.path)
	}
	request.Path, request.Query = target.EscapedPath(), target.Query()
	for _, field := range o.fields {
		name, value, ok := strings.Cut(field, "=")
		if !ok || name == "" {
			return request, failure.Usagef("--field %q: name=value is wanted", field)
		}
		request.Query.Add(name, value)
	}
	if request.Header, err = headers(o.headers); err != nil {
		return request, err
	}
	if request.Query.Has("token") {
		return request, failure.Usagef("a token does not belong into a URL; set APIFY_TOKEN")
	}
	return request, nil
}

func headers(lines []string) (http.Header, error) {
	all := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		switch {
		case !ok || name == "":
			return nil, failure.Usagef("--header %q is not of the form 'Name: value'", line)
		case strings.EqualFold(name, "Authorization"):
			return nil, failure.Usagef("a token does not belong on a command line; set APIFY_TOKEN")
		}
		all.Add(name, strings.TrimSpace(value))
	}
	return all, nil
}

func body(ctx context.Context, a *app.App, input string) ([]byte, error) {
	switch input {
	case "":
		return nil, nil
	case "-":
		return io.ReadAll(a.Streams.Input(ctx))
	}
	return os.ReadFile(input) // #nosec G304 -- the user names it
}

func once(ctx context.Context, client *api.Client, request api.RawRequest, w io.Writer, terminal bool) error {
	answer, err := client.Raw(ctx, request)
	if err != nil {
		return err
	}
	if terminal && !utf8.Valid(answer.Body) {
		return failure.WithHint(failure.Usagef("the answer is binary and does not go to a terminal"), "save it with --output FILE, or pipe it on")
	}
	_, err = w.Write(answer.Body)
	return err
}

func paginate(ctx context.Context, client *api.Client, request api.RawRequest, w io.Writer) error {
	return noList(client.WritePages(ctx, request, w))
}

func noList(err error) error {
	if _, unlisted := errors.AsType[*api.ListError](err); !unlisted {
		return err
	}
	return failure.WithHint(err, "where the answer is no list, leave out --paginate")
}
