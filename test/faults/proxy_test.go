// Package faults runs the built program through a proxy that does to its requests
// what networks, gateways and servers do on a bad day. What is done follows from a
// seed: the same seed does the same to the same requests.
package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// proxy is between one run of the program and a server.
type proxy struct {
	upstream *url.URL
	trap     string // the address of a host that must not get the token
	seed     uint64
	rate     float64 // of the requests that something is done to
	only     []fault
	client   http.Client

	mutex sync.Mutex
	seen  map[string]int // how often a request was made
	done  []string       // what was done
}

func newProxy(upstream *url.URL, trap string, seed uint64, rate float64, only []fault) *proxy {
	return &proxy{
		upstream: upstream, trap: trap, seed: seed, rate: rate, only: only, seen: map[string]int{},
		client: http.Client{
			Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// exchange is a request under way.
type exchange struct {
	*proxy
	random *rand.Rand
	w      http.ResponseWriter
	r      *http.Request
	body   []byte
}

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the program was ended, or gave up
	}
	x := &exchange{proxy: p, w: w, r: r, body: body, random: p.random(r)}
	chosen := p.choose(x)
	if chosen == nil {
		x.send(x.act(nil)) //nolint:contextcheck // it has the request's
		return
	}
	chosen.do(x)
}

// random is the source of chance for a request: that of its seed, its address and
// how often it came.
func (p *proxy) random(r *http.Request) *rand.Rand {
	key := r.Method + " " + r.URL.RequestURI()
	p.mutex.Lock()
	p.seen[key]++
	nth := p.seen[key]
	p.mutex.Unlock()
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%s %d", key, nth) // a hash never fails
	return rand.New(rand.NewPCG(p.seed, hash.Sum64()))
}

func (p *proxy) choose(x *exchange) *fault {
	if x.random.Float64() >= p.rate {
		return nil
	}
	var fitting []fault
	for _, f := range p.only {
		if f.fits == nil || f.fits(x.r) {
			fitting = append(fitting, f)
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	chosen := fitting[x.random.IntN(len(fitting))]
	p.mutex.Lock()
	p.done = append(p.done, chosen.name+" "+x.r.Method+" "+x.r.URL.Path)
	p.mutex.Unlock()
	return &chosen
}

// what is all that was done.
func (p *proxy) what() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string(nil), p.done...)
}

// act has the server carry the request out, changed where change is given.
func (x *exchange) act(change func(*http.Request)) answer {
	target := *x.r.URL
	target.Scheme, target.Host = x.upstream.Scheme, x.upstream.Host
	request, err := http.NewRequestWithContext(x.r.Context(), x.r.Method, target.String(), bytes.NewReader(x.body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Header = x.r.Header.Clone()
	if change != nil {
		change(request)
	}
	reply, err := x.client.Do(request)
	if err != nil {
		panic(http.ErrAbortHandler) // the program was ended
	}
	defer func() { _ = reply.Body.Close() }() // read to its end
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return answer{reply.StatusCode, reply.Header, body}
}

// plainly is act without compression.
func (x *exchange) plainly() answer {
	return x.act(func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") })
}

// send passes an answer on.
func (x *exchange) send(a answer) {
	for name, values := range a.header {
		x.w.Header()[name] = values
	}
	x.w.Header().Del("Transfer-Encoding")
	if x.r.Method != http.MethodHead && a.status != http.StatusNoContent {
		x.w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	x.w.WriteHeader(a.status)
	_, _ = x.w.Write(a.body) // the program may be gone
}

// take takes the connection from the server of HTTP.
func (x *exchange) take() net.Conn {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// hangUp ends the connection; with reset, as a machine does that has lost its mind.
func (x *exchange) hangUp(reset bool) {
	conn := x.take()
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// write begins an answer by hand and returns the connection: the caller ends it.
func (x *exchange) write(a answer, length int, chunked bool) net.Conn {
	conn := x.take()
	var head bytes.Buffer
	_, _ = fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	header := a.header.Clone()
	header.Del("Content-Length")
	header.Del("Transfer-Encoding")
	if chunked {
		header.Set("Transfer-Encoding", "chunked")
	} else {
		header.Set("Content-Length", strconv.Itoa(length))
	}
	_ = header.Write(&head)
	head.WriteString("\r\n")
	_, _ = conn.Write(head.Bytes()) // the program may be gone
	return conn
}

// pause waits, but not for a program that is gone.
func (x *exchange) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-x.r.Context().Done():
	}
}

// items takes a list apart: a bare array, or that in an envelope. ok is false for
// anything else.
func items(body []byte) (list []json.RawMessage, put func([]json.RawMessage) []byte, ok bool) {
	encode := func(value any) []byte {
		text, err := json.Marshal(value)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		return text
	}
	if err := json.Unmarshal(body, &list); err == nil {
		return list, func(l []json.RawMessage) []byte { return encode(l) }, true
	}
	var envelope struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &envelope) != nil || json.Unmarshal(envelope.Data["items"], &list) != nil || list == nil {
		return nil, nil, false
	}
	return list, func(l []json.RawMessage) []byte {
		envelope.Data["items"] = encode(l)
		return encode(envelope)
	}, true
}

// isList tells whether a request asks for a page of a list.
func isList(r *http.Request) bool {
	for _, end := range []string{"/items", "/keys", "/requests", "/datasets", "/key-value-stores", "/request-queues"} {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, end) {
			return true
		}
	}
	return false
}

func isItems(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/items")
}

func isGet(r *http.Request) bool { return r.Method == http.MethodGet }

func isRecord(r *http.Request) bool { return strings.Contains(r.URL.Path, "/records/") }
