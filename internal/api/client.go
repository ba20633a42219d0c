// Package api speaks the Apify REST API, version 2, for all three kinds of
// storages. Where the API is does not matter to it: behind a network or behind
// an http.RoundTripper that answers in the same process.
//
// Errors do not name the storage; the caller knows what its user calls it.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/secret"
)

const defaultBaseURL = "https://api.apify.com"

// Options configure a Client. The zero value talks to the public API without a
// token.
type Options struct {
	BaseURL      string                              // with or without a trailing slash or /v2; empty: https://api.apify.com
	Token        secret.Text                         // empty: no Authorization header
	Transport    http.RoundTripper                   // nil: NetworkTransport()
	UserAgent    string                              // empty: net/http's own
	Logger       *slog.Logger                        // nil: silent; Info: one line a request; Debug: headers too; secrets are redacted
	MaxTries     int                                 // 0: 8
	RetryDelay   time.Duration                       // D of the waits between tries, random in [D, 2D) and D doubling; 0: 500 ms
	MaxRate      float64                             // requests a second at most, tries counted; 0: what the platform allows
	Timeout      time.Duration                       // how long the server may be silent; 0: 60 s
	InsecureHTTP bool                                // the token may go over plain http to other machines
	OnRetry      func(err error, wait time.Duration) // before each wait; may be nil; called from several goroutines
}

// Client is safe for concurrent use. All its requests share one pacing.
type Client struct {
	base    *url.URL
	send    handler
	network bool   // the API is behind one
	memory  memory // of pages of items

	forwarding *http.Client // sends what Forward is given
}

// New checks the options and connects to nothing. A token for an API behind plain
// http on another machine is a *PlainHTTPError.
func New(o Options) (*Client, error) {
	base, err := parseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(o.Token.Reveal(), "\r\n\x00") {
		return nil, errors.New("the token holds a line break or another character that no token has")
	}
	if o.Transport == nil {
		o.Transport = NetworkTransport()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MaxTries <= 0 {
		o.MaxTries = 8
	}
	if o.RetryDelay <= 0 {
		o.RetryDelay = 500 * time.Millisecond
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	_, network := o.Transport.(*http.Transport)
	if network && o.Token != "" && base.Scheme != "https" && !isLoopback(base.Hostname()) && !o.InsecureHTTP {
		return nil, &PlainHTTPError{Host: base.Host}
	}
	wire := newWire(base, o, network)
	return &Client{
		base: base, send: chain(base, o, wire, network), network: network,
		forwarding: &http.Client{Transport: wire, CheckRedirect: checkRedirect},
	}, nil
}

// Datasets are the account's datasets and those shared with it.
func (c *Client) Datasets() Datasets {
	return Datasets{Collection[Dataset]{
		client: c, kind: KindDataset,
		common: func(d *Dataset) *Storage { return &d.Storage },
	}}
}

// KeyValueStores are the account's key-value stores and those shared with it.
func (c *Client) KeyValueStores() KeyValueStores {
	return KeyValueStores{Collection[KeyValueStore]{
		client: c, kind: KindKeyValueStore,
		common: func(s *KeyValueStore) *Storage { return &s.Storage },
	}}
}

// RequestQueues are the account's request queues and those shared with it.
func (c *Client) RequestQueues() RequestQueues {
	return RequestQueues{Collection[RequestQueue]{
		client: c, kind: KindRequestQueue,
		common: func(q *RequestQueue) *Storage { return &q.Storage },
	}}
}

// parseBaseURL returns the URL of the API's version 2, without a slash at its end.
// Its errors never show what stands in the user information or the query.
func parseBaseURL(text string) (*url.URL, error) {
	if text == "" {
		text = defaultBaseURL
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the API's URL %q cannot be read", redactURLText(text))
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the API's URL %q must not hold a user name, a token, a query or a fragment", redactURLText(text))
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("the API's URL %q must start with https:// or http:// and a host", redactURLText(text))
	}
	path := strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/v2")
	return u.Parse(path + "/v2")
}

// decode asks for an envelope and has read take what is in its data member, or
// find that it is not what was asked for.
func (c *Client) decode(ctx context.Context, r request, read func(data []byte) error) (*response, error) {
	r.check = func(answer *response) error {
		data, err := envelopeData(answer.body)
		if err != nil {
			return err
		}
		return read(data)
	}
	return c.send(ctx, attempt{request: &r})
}

// decoded is decode for a T.
func decoded[T any](ctx context.Context, c *Client, r request, check func(*T) error) (object *T, err error) {
	_, err = c.decode(ctx, r, func(data []byte) error {
		object = new(T)
		if err := json.Unmarshal(data, object); err != nil {
			return err
		}
		return check(object)
	})
	if err != nil {
		return nil, err
	}
	return object, nil
}
