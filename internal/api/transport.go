package api

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// A call passes these layers, outermost first:
//
//	decoding       collection.go, items.go   the answer becomes Go values
//	retry          retry.go                  tries again, whole bodies included
//	error mapping  errors.go                 statuses and broken promises become errors
//	pacing         pacing.go                 waits for the storage's rate limit, and for that of the user
//	debug log      log.go                    one line a try
//	exchange       exchange.go               redirects, reads the whole body
//	authorisation  auth.go                   the token, for the API's own host only
//	compression    compression.go            gzip and brotli answers
//	stall timeout  stall.go                  ends a transfer that stands still
//	network        NetworkTransport, or what Options.Transport says
//
// From retry to exchange they are handlers, below that http.RoundTrippers.
func chain(base *url.URL, o Options, wire http.RoundTripper, network bool) handler {
	send := exchange(base, wire, network)
	send = logged(send, base, o.Token != "", o.Logger)
	send = limited(send, o.MaxRate)
	send = paced(send)
	send = checked(send)
	return retried(send, retryOptions{tries: o.MaxTries, delay: o.RetryDelay, silence: o.Timeout, certain: !network, notify: o.OnRetry, server: &reachable{}})
}

// newWire is what is below the exchange.
func newWire(base *url.URL, o Options, network bool) http.RoundTripper {
	var wire http.RoundTripper = &stallTimeout{next: o.Transport, timeout: o.Timeout}
	if network {
		wire = &decompression{next: wire}
	}
	return &authorisation{next: wire, base: base, token: o.Token, userAgent: o.UserAgent}
}

// readBuffer is how much of an answer a connection reads at once.
const readBuffer = 64 << 10

// handler carries out a request, or a part of what that takes. A response that
// comes along with an error is what arrived before it happened.
type handler func(context.Context, attempt) (*response, error)

// request is a call of the API that can be sent as often as needed.
type request struct {
	method string
	path   string // below /v2, escaped, with a slash in front
	query  url.Values
	body   []byte // JSON; nil for none

	header http.Header // instead of what goes with JSON; nil for that
	packed bool        // a good answer's body is left compressed for unpack to see to
	upload *Upload     // the body instead of body; nil for none
	stream bool        // a good answer's body is left for the caller to read

	// storage and class name the rate limit that counts this request.
	storage string
	class   limitClass

	// once: carrying it out twice makes a difference.
	once bool
	// goneIsDone: that nothing is there after an unclear try is the aim.
	goneIsDone bool
	// statusIsAll: nothing in a good answer's body matters.
	statusIsAll bool

	// unpack is called with a good answer before check; may be nil. Its errors are
	// those of the try.
	unpack   func(context.Context, *response) error
	check    func(*response) error // whether the body is what the endpoint promises; may be nil
	sizeHint int                   // bytes of body expected, as they come; 0 for unknown
	maxBytes int                   // bytes of body wanted at most, else errTooLarge; 0 for maxAnswer
	buffer   func() []byte         // memory for the body, to be overwritten, asked for when it comes; may be nil
}

// attempt is one try to carry out a request. Tries count from 1.
type attempt struct {
	*request
	try int
}

type response struct {
	status    int
	header    http.Header
	body      []byte        // decompressed, unless the request has it packed
	stream    io.ReadCloser // instead of body, as it comes over the wire; where the request asks for it
	length    int64         // of the stream; -1 for unknown
	held      bool          // the rate limit kept the request waiting
	requested http.Header   // as sent, without what layers below the exchange add
}

// NetworkTransport is a transport for long transfers: it limits the time to
// connect, never the whole. For the rest see stallTimeout.
func NetworkTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		DisableCompression:    true, // the compression layer does it, faster and with brotli
		ReadBufferSize:        readBuffer,
		Protocols:             protocols,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}
