// Command server is a synthetic Apify API with one dataset of any size, or with
// many that are read as a whole: items are made and compressed beforehand, so that it costs next to nothing beside
// what is measured. Latency, bandwidth of a connection and requests a second
// can be set.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8899", "address")
	items := flag.Int("items", 1_000_000, "items in the dataset")
	datasets := flag.Int("datasets", 0, "datasets of so many items each; 0: one, which can be read in pages")
	extra := flag.Int("extra", 0, "more bytes in every item, beyond 1 KB")
	latency := flag.Duration("latency", 0, "before each answer")
	bandwidth := flag.Int("bandwidth", 0, "bytes a second and connection; 0: no limit")
	perSecond := flag.Int("rate", 0, "requests a second; 0: no limit")
	flag.Parse()
	s := &server{latency: *latency}
	if *datasets > 0 {
		s.many = newMany(*datasets, *items)
	} else {
		s.data = newData(*items, *extra)
	}
	if *perSecond > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(*perSecond), *perSecond/10+1)
		s.perSecond = *perSecond
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	if *bandwidth > 0 {
		listener = slowListener{listener, *bandwidth}
	}
	log.Printf("serving %d items on http://%s", *items, listener.Addr())
	log.Fatal(http.Serve(listener, s))
}

type server struct {
	many      *many // nil: data
	data      *data
	latency   time.Duration
	limiter   *rate.Limiter
	perSecond int
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(s.latency)
	if s.limiter != nil {
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(s.perSecond))
		if !s.limiter.Allow() {
			answer(w, http.StatusTooManyRequests, map[string]any{"error": map[string]string{"type": "rate-limit-exceeded", "message": "too many requests"}})
			return
		}
	} else {
		w.Header().Set("X-RateLimit-Limit", "100000")
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/v2/users/"):
		answer(w, http.StatusOK, map[string]any{"data": map[string]any{"id": "user0000000000001", "username": "bench", "profile": map[string]string{}}})
	case s.many != nil:
		s.many.ServeHTTP(w, r)
	case strings.HasSuffix(r.URL.Path, "/items"):
		s.items(w, r)
	default:
		answer(w, http.StatusOK, map[string]any{"data": map[string]any{
			"id": "bench000000000001", "name": "bench", "userId": "user0000000000001", "itemCount": s.data.total, "cleanItemCount": s.data.total,
			"createdAt": "2024-01-01T00:00:00.000Z", "modifiedAt": "2024-01-01T00:00:00.000Z", "accessedAt": "2024-01-01T00:00:00.000Z",
		}})
	}
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client went away
}

func (s *server) items(w http.ResponseWriter, r *http.Request) {
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil {
			return otherwise
		}
		return n
	}
	offset, limit := number("offset", 0), number("limit", 999999999999)
	count := max(0, min(limit, s.data.total-offset))
	for name, value := range map[string]int{"Offset": offset, "Limit": limit, "Count": count, "Total": s.data.total} {
		w.Header().Set("X-Apify-Pagination-"+name, strconv.Itoa(value))
	}
	w.Header().Set("X-Apify-Pagination-Desc", "false")
	p := pageOf(r.URL.Query().Get("format"), s.data)
	w.Header().Set("Content-Type", p.mediaType)
	if r.Method == http.MethodHead {
		return
	}
	buffer := bufio.NewWriterSize(w, 128<<10)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		p.out = newPacked(buffer)
	} else {
		p.out = plain{buffer}
	}
	err := p.write(offset, count)
	if err == nil {
		err = buffer.Flush()
	}
	if err != nil && r.Context().Err() == nil {
		log.Println(fmt.Errorf("items: %w", err))
	}
}

// slowListener limits what each connection sends, in bytes a second.
type slowListener struct {
	net.Listener
	bandwidth int
}

// slowPart is what a connection may send at once.
const slowPart = 16 << 10

func (l slowListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	// Sleeping too long once is made up for by the parts that follow.
	return &slowConn{Conn: c, limiter: rate.NewLimiter(rate.Limit(l.bandwidth), 4*slowPart)}, nil
}

type slowConn struct {
	net.Conn
	limiter *rate.Limiter
}

func (c *slowConn) Write(p []byte) (written int, err error) {
	for part := range slices.Chunk(p, slowPart) {
		if err := c.limiter.WaitN(context.Background(), len(part)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(part)
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
