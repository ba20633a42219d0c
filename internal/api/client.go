// Package api speaks the Apify REST API, version 2, for all three kinds of
// storages. Where the API is does not matter to it: behind a network or behind
// an http.RoundTripper that answers in the same process.
//
// Errors do not name the storage; the caller knows what its user calls it.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const defaultBaseURL = "https://api.apify.com"

// Options configure a Client. The zero value talks to the public API without a
// token.
type Options struct {
	BaseURL      string                              // with or without a trailing slash or /v2; empty: https://api.apify.com
	Token        string                              // empty: no Authorization header
	Transport    http.RoundTripper                   // nil: NetworkTransport()
	UserAgent    string                              // empty: net/http's own
	Logger       *slog.Logger                        // nil: silent; Info: one line a request; Debug: headers too; secrets are redacted
	MaxTries     int                                 // 0: 8
	RetryDelay   time.Duration                       // D of the waits between tries, random in [D, 2D) and D doubling; 0: 500 ms
	StallTimeout time.Duration                       // how long a transfer may stand still; 0: 60 s
	OnRetry      func(err error, wait time.Duration) // before each wait; may be nil; called from several goroutines
}

// Client is safe for concurrent use. All its requests share one pacing.
type Client struct {
	base    *url.URL
	send    handler
	network bool   // the API is behind one
	memory  memory // of pages of items
}

// New checks the options and connects to nothing.
func New(o Options) (*Client, error) {
	base, err := parseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(o.Token, "\r\n\x00") {
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
	if o.StallTimeout <= 0 {
		o.StallTimeout = time.Minute
	}
	_, network := o.Transport.(*http.Transport)
	return &Client{base: base, send: chain(base, o, network), network: network}, nil
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

// decode asks for an envelope and returns what is in its data member.
func (c *Client) decode(ctx context.Context, r request) ([]byte, *response, error) {
	r.check = checkEnvelope
	answer, err := c.send(ctx, attempt{request: &r})
	if err != nil {
		return nil, nil, err
	}
	data, err := envelopeData(answer.body)
	return data, answer, err
}
