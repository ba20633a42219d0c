package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// fault is something that goes wrong with a request.
//
// What nobody could tell from the truth is not among them, such as a record that
// is cut to a length that the answer confirms, where nothing else tells its length.
type fault struct {
	name string
	fits func(*http.Request) bool // nil: every request
	do   func(*exchange)
}

// kinds are all that is known to go wrong.
func kinds() []fault {
	return slices.Concat(statuses(), connections(), bodies(), imposters(), lists())
}

func envelope(x *exchange, status int, kind, retryAfter string) {
	if retryAfter != "" {
		x.w.Header().Set("Retry-After", retryAfter)
	}
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(status)
	_, _ = fmt.Fprintf(x.w, `{"error":{"type":%q,"message":"It went wrong on purpose"}}`, kind)
}

const page = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Sorry</h1></body></html>"

func gateway(x *exchange, status int) {
	x.w.Header().Set("Content-Type", "text/html")
	x.w.WriteHeader(status)
	_, _ = fmt.Fprint(x.w, page)
}

// statuses: by the API, which has done nothing; by a gateway, before or after the
// API did its work.
func statuses() []fault {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	all := []fault{
		{name: "429", do: func(x *exchange) { envelope(x, 429, "rate-limit-exceeded", "") }},
		{name: "429, Retry-After in seconds", do: func(x *exchange) { envelope(x, 429, "rate-limit-exceeded", strconv.Itoa(x.random.IntN(2))) }},
		{name: "429, Retry-After as a date", do: func(x *exchange) { envelope(x, 429, "rate-limit-exceeded", date(time.Second)) }},
		{name: "429, by a clock that is an hour behind", do: func(x *exchange) { envelope(x, 429, "rate-limit-exceeded", date(-time.Hour)) }},
		{name: "503, by a clock that is an hour ahead", do: func(x *exchange) { envelope(x, 503, "unavailable", date(time.Hour)) }},
		{name: "503", do: func(x *exchange) { envelope(x, 503, "unavailable", "") }},
		{name: "500", do: func(x *exchange) { envelope(x, 500, "internal-server-error", "") }},
		{name: "500, done", do: func(x *exchange) { x.act(nil); envelope(x, 500, "internal-server-error", "") }},
		{name: "404 of a gateway", fits: func(r *http.Request) bool { return r.Method != http.MethodHead }, do: func(x *exchange) { gateway(x, 404) }},
	}
	for _, status := range []int{429, 502, 503, 504} {
		all = append(all,
			fault{name: fmt.Sprint(status, " of a gateway"), do: func(x *exchange) { gateway(x, status) }},
			fault{name: fmt.Sprint(status, " of a gateway, done"), do: func(x *exchange) { x.act(nil); gateway(x, status) }})
	}
	return all
}

func connections() []fault {
	return []fault{
		{name: "closed", do: func(x *exchange) { x.hangUp(false) }},
		{name: "closed, done", do: func(x *exchange) { x.act(nil); x.hangUp(false) }},
		{name: "reset", do: func(x *exchange) { x.hangUp(true) }},
		{name: "reset, done", do: func(x *exchange) { x.act(nil); x.hangUp(true) }},
		{name: "half a head", do: func(x *exchange) {
			x.act(nil)
			conn := x.take()
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Le"))
			_ = conn.Close()
		}},
		{name: "an answer that nobody asked for", fits: func(r *http.Request) bool { return isGet(r) && notValue(r) }, do: func(x *exchange) {
			conn := x.take()
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"))
			_ = conn.Close()
		}},
	}
}

// bodies that are late, or less than they were to be.
func bodies() []fault {
	cut := func(x *exchange, a answer, chunked bool) {
		n := x.random.IntN(len(a.body) + 1)
		conn := x.write(a, len(a.body), chunked)
		defer func() { _ = conn.Close() }()
		if chunked {
			_, _ = fmt.Fprintf(conn, "%x\r\n%s", len(a.body), a.body[:n])
			return
		}
		_, _ = conn.Write(a.body[:n])
	}
	return []fault{
		{name: "cut", fits: isGet, do: func(x *exchange) { cut(x, x.plainly(), false) }},
		{name: "cut, compressed", fits: isGet, do: func(x *exchange) { cut(x, x.act(nil), false) }},
		{name: "cut chunks", fits: isGet, do: func(x *exchange) { cut(x, x.plainly(), true) }},
		{name: "cut chunks, compressed", fits: isGet, do: func(x *exchange) { cut(x, x.act(nil), true) }},
		{name: "cut, after a change", fits: func(r *http.Request) bool { return !isGet(r) && r.Method != http.MethodHead }, do: func(x *exchange) {
			if a := x.act(nil); len(a.body) > 0 {
				cut(x, a, false)
			} else {
				x.hangUp(false)
			}
		}},
		{name: "too short a Content-Length", fits: func(r *http.Request) bool { return isGet(r) && !isRecord(r) }, do: func(x *exchange) {
			a := x.act(nil)
			a.body = a.body[:x.random.IntN(len(a.body)+1)]
			x.send(a)
		}},
		{name: "slow", do: func(x *exchange) {
			x.pause(time.Duration(x.random.IntN(300)) * time.Millisecond)
			a := x.act(nil)
			if len(a.body) == 0 {
				x.send(a)
				return
			}
			conn := x.write(a, len(a.body), false)
			defer func() { _ = conn.Close() }()
			for part := range slices.Chunk(a.body, len(a.body)/4+1) {
				_, _ = conn.Write(part)
				x.pause(20 * time.Millisecond)
			}
		}},
		{name: "stalled", fits: isGet, do: func(x *exchange) {
			a := x.act(nil)
			conn := x.write(a, len(a.body)+1, false)
			_, _ = conn.Write(a.body[:x.random.IntN(len(a.body)+1)])
			time.AfterFunc(2*silence, func() { _ = conn.Close() })
		}},
		{name: "silent", do: func(x *exchange) { x.pause(2 * silence); x.hangUp(false) }},
		{name: "silent, done", do: func(x *exchange) { x.act(nil); x.pause(2 * silence); x.hangUp(false) }},
	}
}

// notValue: whatever comes for a value may be the value.
func notValue(r *http.Request) bool {
	return !isRecord(r) || r.Method != http.MethodGet && r.Method != http.MethodHead
}

// imposters answer in the server's place, or lead to one who does.
func imposters() []fault {
	away := func(status int, where func(*exchange) string) func(*exchange) {
		return func(x *exchange) {
			x.w.Header().Set("Location", where(x))
			x.w.WriteHeader(status)
		}
	}
	return []fault{
		{name: "a page", fits: notValue, do: func(x *exchange) { gateway(x, 200) }},
		{name: "a page, done", fits: notValue, do: func(x *exchange) { x.act(nil); gateway(x, 200) }},
		{name: "a page with 201", do: func(x *exchange) { gateway(x, 201) }},
		{name: "nothing", fits: notValue, do: func(x *exchange) { x.w.WriteHeader(200) }},
		{name: "nothing, done", fits: func(r *http.Request) bool { return r.Method == http.MethodPost || r.Method == http.MethodDelete }, do: func(x *exchange) { x.act(nil); x.w.WriteHeader(200) }},
		{name: "an empty object", fits: notValue, do: func(x *exchange) {
			x.w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(x.w, `{"data":{}}`)
		}},
		{name: "an error with 200", fits: notValue, do: func(x *exchange) { envelope(x, 200, "x", "") }},
		{name: "to another host", fits: notValue, do: away(302, func(x *exchange) string { return x.trap + x.r.URL.RequestURI() })},
		{name: "to another host, method kept", fits: notValue, do: away(307, func(x *exchange) string { return x.trap + x.r.URL.RequestURI() })},
		{name: "in a circle", fits: isGet, do: func(x *exchange) {
			x.w.Header().Set("Location", x.r.URL.RequestURI())
			x.w.WriteHeader(http.StatusFound)
		}},
		{name: "to a file", fits: isGet, do: away(302, func(*exchange) string { return "file:///etc/passwd" })},
	}
}

// lists that are not what they say.
func lists() []fault {
	spoil := func(change func(x *exchange, list []json.RawMessage) []json.RawMessage) func(*exchange) {
		return func(x *exchange) {
			a := x.plainly()
			if list, put, ok := items(a.body); ok && a.status == http.StatusOK && len(list) > 0 {
				a.body = put(change(x, list))
			}
			x.send(a)
		}
	}
	total := func(change func(n int64) int64) func(*exchange) {
		return func(x *exchange) {
			a := x.act(nil)
			if n, err := strconv.ParseInt(a.header.Get("X-Apify-Pagination-Total"), 10, 64); err == nil {
				a.header.Set("X-Apify-Pagination-Total", strconv.FormatInt(change(n), 10))
			}
			x.send(a)
		}
	}
	return []fault{
		{name: "no elements", fits: isList, do: spoil(func(*exchange, []json.RawMessage) []json.RawMessage { return []json.RawMessage{} })},
		{name: "fewer elements", fits: isList, do: spoil(func(x *exchange, list []json.RawMessage) []json.RawMessage {
			return slices.Delete(list, x.random.IntN(len(list)), len(list))
		})},
		{name: "one element less", fits: isList, do: spoil(func(x *exchange, list []json.RawMessage) []json.RawMessage {
			i := x.random.IntN(len(list))
			return slices.Delete(list, i, i+1)
		})},
		{name: "doubled elements", fits: isList, do: spoil(func(_ *exchange, list []json.RawMessage) []json.RawMessage { return append(list, list...) })},
		{name: "another page", fits: isItems, do: func(x *exchange) {
			x.send(x.act(func(r *http.Request) {
				query := r.URL.Query()
				offset, _ := strconv.Atoi(query.Get("offset")) // none is 0
				query.Set("offset", strconv.Itoa(max(0, offset+[]int{-500, -100, 1, 100, 500}[x.random.IntN(5)])))
				r.URL.RawQuery = query.Encode()
			}))
		}},
		{name: "the first page again", fits: func(r *http.Request) bool { return isList(r) && !isItems(r) }, do: func(x *exchange) {
			x.send(x.act(func(r *http.Request) {
				query := r.URL.Query()
				query.Del("exclusiveStartKey")
				query.Del("offset")
				r.URL.RawQuery = query.Encode()
			}))
		}},
		{name: "a total that grows", fits: isItems, do: total(func(n int64) int64 { return n + 100 })},
		{name: "a total that shrinks", fits: isItems, do: total(func(n int64) int64 { return n / 3 })},
		{name: "a total of none", fits: isItems, do: total(func(int64) int64 { return 0 })},
		{name: "a total that lies", fits: isItems, do: total(func(int64) int64 { return 1 << 50 })},
	}
}
