package object

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Settings are what all stores take from the command.
type Settings struct {
	Endpoint string         // address of the store; "": the vendor's own
	Timeout  time.Duration  // how long a store may be silent
	Roots    *x509.CertPool // the authorities that are trusted; nil: the system's
	Logger   *slog.Logger
	Retries  Retries
	Getenv   func(string) string
	StateDir string // where it may be noted which uploads are under way; "": nowhere
}

// Client is for requests to a store. A connection on which nothing moves for the
// timeout ends; the whole may take as long as it takes.
func (s Settings) Client() *http.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil || s.Timeout <= 0 {
				return conn, err
			}
			return &watchedConn{conn, s.Timeout}, nil
		},
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   16,
		DisableCompression:    true,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
	if s.Roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport: &loggingTransport{transport, s.Logger},
		// A redirect would take an upload, and its credentials, to somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// watchedConn ends when nothing moves. What is sent counts for what is waited for,
// too: an answer cannot come before its request was sent.
type watchedConn struct {
	net.Conn
	timeout time.Duration
}

func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *watchedConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// loggingTransport writes a line for each request: at Info what was asked and how
// it went, at Debug the headers too. What is not known to be harmless is left out.
type loggingTransport struct {
	next   http.RoundTripper
	logger *slog.Logger
}

func (t *loggingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if !t.logger.Enabled(ctx, slog.LevelInfo) {
		return t.next.RoundTrip(r)
	}
	start := time.Now()
	answer, err := t.next.RoundTrip(r)
	attributes := []slog.Attr{
		slog.String("method", r.Method), slog.String("url", shownURL(r.URL)),
		slog.Duration("duration", time.Since(start)), slog.Int64("sent", max(0, r.ContentLength)),
	}
	if answer != nil {
		attributes = append(attributes, slog.Int("status", answer.StatusCode))
	}
	if err != nil {
		attributes = append(attributes, slog.String("error", FromNetwork(err).Problem))
	}
	t.logger.LogAttrs(ctx, slog.LevelInfo, "store request", attributes...)
	if answer != nil && t.logger.Enabled(ctx, slog.LevelDebug) {
		t.logger.LogAttrs(ctx, slog.LevelDebug, "store request headers", slog.Any("headers", shownHeader(r.Header)))
		t.logger.LogAttrs(ctx, slog.LevelDebug, "store response headers", slog.Any("headers", shownHeader(answer.Header)))
	}
	return answer, err
}

// shownURL is a URL with the values of harmless parameters alone: a signature, or
// the ID of a resumable upload, is as good as a password.
func shownURL(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	query := u.Query()
	for name := range query {
		if !slices.Contains([]string{
			"partNumber", "uploads", "comp", "restype", "blocklisttype", "uploadType", "list-type", "prefix", "x-id", "max-uploads", "alt", "ifGenerationMatch",
		}, name) {
			query[name] = []string{"…"}
		}
	}
	shown.RawQuery = query.Encode()
	text, err := url.PathUnescape(shown.String())
	if err != nil {
		return shown.String()
	}
	return text
}

func shownHeader(header http.Header) http.Header {
	shown := http.Header{}
	for name, values := range header {
		lower := strings.ToLower(name)
		for _, harmless := range []string{
			"content-", "etag", "range", "if-", "date", "server", "retry-after", "user-agent", "last-modified",
			"x-amz-checksum-", "x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region", "x-amz-meta-apifyctl-", "x-amz-mp-object-size", "x-amz-content-sha256",
			"x-ms-request-id", "x-ms-version", "x-ms-error-code", "x-ms-blob-type", "x-ms-meta-apifyctl-", "x-ms-content-crc64",
			"x-goog-hash", "x-goog-generation", "x-goog-stored-content-",
		} {
			if strings.HasPrefix(lower, harmless) && lower != "content-location" {
				shown[name] = values
			}
		}
	}
	return shown
}
