// Command openapi is a proxy that holds requests and answers against the
// OpenAPI document of Apify's API. It prints each violation, and when it is
// interrupted it ends with 1 if there were any.
//
// A request that the server refused may violate the document: tests do that on
// purpose.
package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	validation "github.com/pb33f/libopenapi-validator/errors"
)

func main() {
	document := flag.String("document", "", "the OpenAPI document")
	upstream := flag.String("upstream", "", "URL of the server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	violations, err := run(ctx, *document, *upstream)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	if violations > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, document, upstream string) (violations int64, err error) {
	text, err := os.ReadFile(document)
	if err != nil {
		return 0, err
	}
	target, err := url.Parse(upstream)
	if err != nil {
		return 0, err
	}
	p := &proxy{}
	if p.checker, err = newChecker(text); err != nil {
		return 0, err
	}
	if p.ofMe, err = newChecker(bytes.Replace(text, []byte("/v2/users/{userId}:"), []byte("/other-users/{userId}:"), 1)); err != nil {
		return 0, err
	}
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // so that links in answers lead here
		},
		Transport:      &http.Transport{DisableCompression: true},
		ModifyResponse: p.answered,
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 30 * time.Second}
	fmt.Printf("http://%s\n", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return 0, err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = server.Shutdown(stopping)
	fmt.Printf("%d exchanges, %d violations\n", p.exchanges.Load(), p.violations.Load())
	return p.violations.Load(), err
}

func newChecker(document []byte) (validator.Validator, error) {
	parsed, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, err
	}
	checker, errs := validator.NewValidator(parsed)
	return checker, errors.Join(errs...)
}

type proxy struct {
	checker    validator.Validator
	ofMe       validator.Validator // for /v2/users/me, which the other may take for /v2/users/{userId}
	forward    *httputil.ReverseProxy
	exchanges  atomic.Int64
	violations atomic.Int64
}

type seenKey struct{}

// seen is a request as it came, with its body unpacked.
type seen struct {
	request *http.Request
	body    []byte
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	plain, err := unpacked(r.Header.Get("Content-Encoding"), body)
	if err != nil {
		plain = body // the server will say what it thinks of it
	}
	s := &seen{r.Clone(r.Context()), plain}
	s.request.URL = asTask(s.request.URL)
	s.request.Header.Del("Content-Encoding")
	r = r.WithContext(context.WithValue(r.Context(), seenKey{}, s))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	p.forward.ServeHTTP(w, r)
}

// answered checks an exchange when the answer has come.
func (p *proxy) answered(response *http.Response) error {
	s, ok := response.Request.Context().Value(seenKey{}).(*seen)
	if !ok {
		return errors.New("an answer to no request")
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	plain, err := unpacked(response.Header.Get("Content-Encoding"), body)
	if err != nil {
		return err
	}
	p.exchanges.Add(1)
	if bytes.Contains(plain, []byte(`"not-offered-locally"`)) { // is not part of the API
		return nil
	}
	if isActor(s.request.URL) {
		return nil
	}
	checker := p.checker
	if strings.HasPrefix(s.request.URL.Path, "/v2/users/me") {
		checker = p.ofMe
	}
	if response.StatusCode < http.StatusBadRequest {
		_, violations := checker.ValidateHttpRequest(s.fresh())
		p.report("request", s.request, response.StatusCode, violations)
	}
	if isRecord(s.request) && response.StatusCode == http.StatusOK {
		return nil // of any media type: the document has */*, which the validator does not know
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/jsonl") {
		return nil // which the validator takes for JSON
	}
	copied := *response
	copied.Header = response.Header.Clone()
	copied.Header.Del("Content-Encoding")
	plain = bytes.TrimPrefix(plain, []byte("\ufeff")) // with bom=1 JSON has one, which no decoder takes
	copied.Body, copied.ContentLength = io.NopCloser(bytes.NewReader(plain)), int64(len(plain))
	_, violations := checker.ValidateHttpResponse(s.fresh(), &copied)
	p.report("answer", s.request, response.StatusCode, violations)
	return nil
}

// asTask is the path of an Actor's runs as the document has it: it describes
// those of tasks, which are the same.
func asTask(u *url.URL) *url.URL {
	for _, collection := range []string{"/v2/acts/", "/v2/actors/"} {
		rest, ok := strings.CutPrefix(u.EscapedPath(), collection)
		if !ok || !strings.Contains(rest, "/runs") {
			continue
		}
		if same, err := u.Parse("/v2/actor-tasks/" + rest); err == nil {
			same.RawQuery = u.RawQuery
			return same
		}
	}
	return u
}

// isActor tells whether an Actor is asked for, which the document leaves out.
func isActor(u *url.URL) bool {
	return strings.HasPrefix(u.Path, "/v2/acts/") || strings.HasPrefix(u.Path, "/v2/actors/")
}

// isRecord tells whether a record of a key-value store is read.
func isRecord(r *http.Request) bool {
	folder, _ := path.Split(r.URL.EscapedPath())
	return r.Method == http.MethodGet && path.Base(folder) == "records"
}

// fresh is the request with its body unread.
func (s *seen) fresh() *http.Request {
	r := s.request.Clone(s.request.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(s.body)), int64(len(s.body))
	return r
}

func (p *proxy) report(what string, r *http.Request, status int, violations []*validation.ValidationError) {
	for _, v := range violations {
		if isList(v) || isAnyJSON(r, v) {
			continue
		}
		p.violations.Add(1)
		fmt.Printf("%s %s %s %d: %s: %s\n", what, r.Method, r.URL.Path, status, v.Message, v.Reason)
		for _, detail := range v.SchemaValidationErrors {
			fmt.Printf("\t%s: %s\n", detail.Location, detail.Reason)
		}
	}
}

// isAnyJSON reports records that are JSON and no object. The document says
// object; every client stores whatever it is given.
func isAnyJSON(r *http.Request, v *validation.ValidationError) bool {
	folder, _ := path.Split(r.URL.EscapedPath())
	return v.ValidationType == "requestBody" && path.Base(folder) == "records"
}

// isList reports what the validator dislikes in lists such as fields=a,b. The
// document has them as strings, which may hold commas.
func isList(v *validation.ValidationError) bool {
	return v.ValidationType == "parameter" && v.ValidationSubType == "query" &&
		(strings.HasSuffix(v.Message, "is not exploded correctly") || strings.HasSuffix(v.Message, "contains reserved values"))
}

func unpacked(encoding string, body []byte) ([]byte, error) {
	var plain io.Reader = bytes.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		plain, err = gzip.NewReader(plain)
	case "deflate":
		plain, err = zlib.NewReader(plain)
	case "br":
		plain = brotli.NewReader(plain)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}
