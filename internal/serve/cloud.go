package serve

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/local"
	"github.com/apifyctl/apifyctl/internal/serve/console"
)

// Forward sends a request to the API with the account's token, for a path below
// /v2: see api.Client.Forward.
type Forward func(r *http.Request, path string) (*http.Response, error)

// CloudOptions are what the page of an account can be told.
type CloudOptions struct {
	Source   string // what the page calls the API
	ReadOnly bool
	Version  string
	Logger   *slog.Logger // nil: silent. Info: one line a request
}

// Cloud is the page for an account in the cloud. Its storages are reached through
// this server alone, so that the token never gets into the browser.
type Cloud struct {
	http.Handler
	console *console.Console
}

// NewCloud makes the page of the account whose requests forward sends. Nobody but
// the page gets anything from it.
func NewCloud(forward Forward, o CloudOptions) (*Cloud, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	proxy := impatient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward.serve(w, r) }), bodyPatience)
	if o.ReadOnly {
		proxy = unchanging(proxy)
	}
	page, err := console.New(console.Options{
		About: console.About{Source: o.Source, ReadOnly: o.ReadOnly, Version: o.Version},
		API:   func(string) http.Handler { return contained(proxy) },
	})
	if err != nil {
		return nil, err
	}
	handler := contained(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { noToken(w) }))
	handler = newHosts(nil).only(page.Before(handler))
	return &Cloud{logged(handler, o.Logger), page}, nil
}

// PageKey makes a key that lets a browser in, once.
func (c *Cloud) PageKey() string { return c.console.Key("account") }

// serve answers a request of the page with the API's answer.
func (f Forward) serve(w http.ResponseWriter, r *http.Request) {
	below, ok := forwarded(r)
	if !ok {
		local.WriteError(w, http.StatusNotFound, "not-offered", "The page asks for storages and for nothing else")
		return
	}
	asked := r.Clone(r.Context())
	asked.Header = http.Header{}
	keep(asked.Header, r.Header, "Accept", "Content-Type", "Content-Encoding", "Range", "If-Range", "If-None-Match", "Prefer")
	if r.Header.Get("Range") != "" {
		asked.Header.Set("Accept-Encoding", "identity") // a part of what is stored, not of what is sent
	}
	answer, err := f(asked, below)
	if err != nil {
		if context.Cause(r.Context()) == nil {
			local.WriteError(w, http.StatusBadGateway, "api-unreachable", failure.Text(err))
		}
		return
	}
	defer func() { _ = answer.Body.Close() }() // of a body that was read, or given up
	if answer.StatusCode >= 300 && answer.StatusCode < 400 && answer.StatusCode != http.StatusNotModified {
		local.WriteError(w, http.StatusBadGateway, "redirected", "The API sends this request elsewhere, which it is not followed to")
		return
	}
	keep(w.Header(), answer.Header, "Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Content-Range",
		"Accept-Ranges", "ETag", "Last-Modified", "Preference-Applied", "X-RateLimit-Limit",
		"X-Apify-Pagination-Offset", "X-Apify-Pagination-Limit", "X-Apify-Pagination-Count", "X-Apify-Pagination-Total", "X-Apify-Pagination-Desc")
	w.WriteHeader(answer.StatusCode)
	if _, err := io.Copy(w, answer.Body); err != nil {
		panic(http.ErrAbortHandler) // the status is out: a cut body is the only way to say it
	}
}

// forwarded is the path below /v2 of a request that the page has a use for.
func forwarded(r *http.Request) (below string, ok bool) {
	escaped := r.URL.EscapedPath()
	below, ok = strings.CutPrefix(escaped, "/v2")
	query := r.URL.Query()
	if !ok || path.Clean(escaped) != escaped || path.Clean(r.URL.Path) != r.URL.Path || query.Has("token") || query.Has("method") {
		return "", false
	}
	switch first, rest, _ := strings.Cut(strings.TrimPrefix(below, "/"), "/"); {
	case isCollection(first):
		return below, true
	case first == "users":
		return below, safe(r.Method) && (rest == "me" || rest == "me/limits")
	}
	return "", false
}

func keep(to, from http.Header, names ...string) {
	for _, name := range names {
		if values := from.Values(name); len(values) > 0 {
			to[http.CanonicalHeaderKey(name)] = values
		}
	}
}
