package api

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

func storeRef(t testing.TB) Ref {
	t.Helper()
	ref, err := ParseRef(KindKeyValueStore, testID)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func randomBytes(n int) []byte {
	value := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(value) // never fails
	return value
}

func encoded(t testing.TB, encoding string, value []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "raw deflate":
		w, _ = flate.NewWriter(&out, 6) // the level is right
	default:
		return value
	}
	if _, err := w.Write(value); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(t *testing.T, c *Client, key string) ([]byte, RecordInfo, error) {
	t.Helper()
	reader, err := c.KeyValueStores().OpenRecord(t.Context(), storeRef(t), key)
	if err != nil {
		return nil, RecordInfo{}, err
	}
	defer end(reader)
	value, err := io.ReadAll(reader)
	return value, reader.Info, err
}

func TestRecordsComeInflated(t *testing.T) {
	for _, encoding := range []string{"", "identity", "gzip", "br", "deflate", "raw deflate"} {
		for _, size := range []int{0, 1, 1000, 300_000} {
			value := randomBytes(size)
			stored := encoded(t, encoding, value)
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("attachment") != "1" {
					t.Error("HTML would come with a snippet in it")
				}
				w.Header().Set("Content-Type", "image/png")
				if encoding != "" {
					w.Header().Set("Content-Encoding", strings.TrimPrefix(encoding, "raw "))
				}
				_, _ = w.Write(stored)
			})
			got, info, err := read(t, newTestClient(t, server), "key")
			if err != nil || !bytes.Equal(got, value) {
				t.Errorf("%s of %d bytes: %d bytes, %v", encoding, size, len(got), err)
			}
			if info.ContentType != "image/png" {
				t.Errorf("type %q", info.ContentType)
			}
		}
	}
}

// cutting serves a value and closes the connection after so many bytes of each
// answer.
type cutting struct {
	value          []byte
	after          int
	etag, encoding string
	ignoreRange    bool
	mu             sync.Mutex
	ranges         []string
}

func (c *cutting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.ranges = append(c.ranges, r.Header.Get("Range")+" "+r.Header.Get("If-Range"))
	c.mu.Unlock()
	header := w.Header()
	header.Set("ETag", c.etag)
	header.Set("Content-Type", "text/html")
	if c.encoding != "" {
		header.Set("Content-Encoding", c.encoding)
	}
	if c.ignoreRange {
		r.Header.Del("Range")
	}
	http.ServeContent(&shortWriter{w, c.after}, r, "", time.Time{}, bytes.NewReader(c.value))
}

type shortWriter struct {
	http.ResponseWriter
	left int
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		_, _ = w.ResponseWriter.Write(p[:w.left])
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}

func TestBrokenTransfersGoOn(t *testing.T) {
	for _, encoding := range []string{"", "gzip", "br"} {
		value := randomBytes(500_000)
		served := &cutting{value: encoded(t, encoding, value), after: 60_000, etag: `"v1"`, encoding: encoding}
		server := httptest.NewServer(served)
		t.Cleanup(server.Close)
		got, _, err := read(t, newTestClient(t, server), "key")
		if err != nil || !bytes.Equal(got, value) {
			t.Fatalf("%s: %d bytes, %v", encoding, len(got), err)
		}
		if len(served.ranges) < 5 || served.ranges[1] != `bytes=60000- "v1"` {
			t.Errorf("%s: asked for %q", encoding, served.ranges)
		}
	}
}

func TestTransfersThatCannotGoOnFail(t *testing.T) {
	for name, served := range map[string]*cutting{
		"no version": {value: randomBytes(100_000), after: 60_000},
		"no ranges":  {value: randomBytes(100_000), after: 60_000, etag: `"v1"`, ignoreRange: true},
	} {
		server := httptest.NewServer(served)
		t.Cleanup(server.Close)
		got, _, err := read(t, newTestClient(t, server), "key")
		if !errors.Is(err, ErrNotResumable) || len(got) != 60_000 {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestNothingBroughtStartsAnew(t *testing.T) {
	tries := 0
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		tries++
		w.Header().Set("Content-Length", "5")
		if tries < 3 {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		write(w, "value")
	})
	got, _, err := read(t, newTestClient(t, server), "key")
	if err != nil || string(got) != "value" {
		t.Errorf("%q, %v", got, err)
	}
}

// A value that changes while it is read must not come out mixed.
func TestChangedValueIsNotMixed(t *testing.T) {
	served := &cutting{value: randomBytes(100_000), after: 60_000, etag: `"v1"`}
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		served.ServeHTTP(w, r)
	})
	reader, err := newTestClient(t, server).KeyValueStores().OpenRecord(t.Context(), storeRef(t), "key")
	if err != nil {
		t.Fatal(err)
	}
	defer end(reader)
	served.etag = `"v2"`
	if _, err := io.ReadAll(reader); !errors.Is(err, ErrNotResumable) {
		t.Errorf("got %v", err)
	}
}

// A server may send the rest of a compressed value in plain, under the same
// version: the bytes of the two have nothing to do with each other.
func TestRestInAnotherFormIsNotTaken(t *testing.T) {
	for name, spoil := range map[string]func(http.Header){
		"another encoding": func(h http.Header) { h.Del("Content-Encoding") },
		"another version":  func(h http.Header) { h.Set("ETag", `"v2"`) },
		"another size":     func(h http.Header) { h.Set("Content-Range", "bytes 60000-99998/99999") },
	} {
		t.Run(name, func(t *testing.T) {
			value := encoded(t, "gzip", randomBytes(100_000))
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				h := w.Header()
				h.Set("Content-Encoding", "gzip")
				h.Set("ETag", `"v1"`)
				if r.Header.Get("Range") == "" {
					h.Set("Content-Length", strconv.Itoa(len(value)))
					write(w, string(value[:60_000]))
					_ = http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
				h.Set("Content-Range", fmt.Sprintf("bytes 60000-%d/%d", len(value)-1, len(value)))
				spoil(h)
				w.WriteHeader(http.StatusPartialContent)
				write(w, string(value[60_000:]))
			})
			if _, _, err := read(t, newTestClient(t, server), "key"); !errors.Is(err, ErrNotResumable) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// A compressed value that becomes more than anybody means ends before the disk is full.
func TestRecordBombEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("much data, and one goroutine")
	}
	t.Parallel()
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range maxInflatedValue>>20 + 2 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	end(z)
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		write(w, bomb.String())
	})
	reader, err := newTestClient(t, server).KeyValueStores().OpenRecord(t.Context(), storeRef(t), "key")
	if err != nil {
		t.Fatal(err)
	}
	defer end(reader)
	if n, err := io.Copy(io.Discard, reader); err == nil || !strings.Contains(err.Error(), "none that anybody means") || n > maxInflatedValue+1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestRedirectKeepsTheToken(t *testing.T) {
	elsewhere := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("the token went elsewhere: %s", got)
		}
		write(w, "value")
	})
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			t.Error("no token")
		}
		http.Redirect(w, r, elsewhere.URL+"/bucket?X-Signature=1", http.StatusFound)
	})
	got, _, err := read(t, newTestClient(t, server), "key")
	if err != nil || string(got) != "value" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRecordStatuses(t *testing.T) {
	tries := 0
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		tries++
		switch {
		case strings.HasSuffix(r.URL.Path, "/missing"):
			writeError(w, http.StatusNotFound, "record-not-found")
		case tries%3 == 1:
			writeError(w, http.StatusTooManyRequests, "rate-limit-exceeded")
		case tries%3 == 2:
			writeError(w, http.StatusInternalServerError, "internal")
		default:
			write(w, "value")
		}
	})
	c := newTestClient(t, server)
	got, _, err := read(t, c, "key")
	if err != nil || string(got) != "value" || tries != 3 {
		t.Errorf("%q, %v after %d tries", got, err, tries)
	}
	if _, _, err := read(t, c, "missing"); !IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}

// A value comes with 200; a page that comes with another good status is none.
func TestValueWithAnotherStatus(t *testing.T) {
	for _, status := range []int{201, 202, 203, 204, 205} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			tries := 0
			server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				if tries++; tries == 1 {
					w.WriteHeader(status)
					return
				}
				_, _ = io.WriteString(w, "the value")
			})
			if got, _, err := read(t, newTestClient(t, server), "key"); err != nil || string(got) != "the value" {
				t.Errorf("got %q, %v after %d tries", got, err, tries)
			}
		})
	}
}

func TestPutIsRepeatedWhole(t *testing.T) {
	value := randomBytes(200_000)
	tries := 0
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		tries++
		if tries == 1 {
			panic(http.ErrAbortHandler)
		}
		if tries == 2 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if !bytes.Equal(body, value) || r.ContentLength != int64(len(value)) || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%d bytes, length %d, encoding %q", len(body), r.ContentLength, r.Header.Get("Content-Encoding"))
		}
		if r.URL.EscapedPath() != "/v2/key-value-stores/"+testID+"/records/%2E%2E" || r.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s %s", r.URL.EscapedPath(), r.Header.Get("Content-Type"))
		}
		w.WriteHeader(http.StatusCreated)
		write(w, "{}")
	})
	upload := Upload{ContentType: "image/png", Size: int64(len(value)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(value)), nil }}
	if err := newTestClient(t, server).KeyValueStores().PutRecord(t.Context(), storeRef(t), "..", upload); err != nil {
		t.Error(err)
	}
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}

func TestKeysAreComplete(t *testing.T) {
	const total = 2500
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		first := 0
		if after := r.FormValue("exclusiveStartKey"); after != "" {
			_, _ = fmt.Sscanf(after, "key-%d", &first)
			first++
		}
		var limit int
		_, _ = fmt.Sscan(r.FormValue("limit"), &limit)
		var items []string
		for i := first; i < min(first+limit, total); i++ {
			items = append(items, fmt.Sprintf(`{"key":"key-%04d","size":%d}`, i, i))
		}
		next := "null"
		if first+limit < total {
			next = fmt.Sprintf(`"key-%04d"`, first+limit-1)
		}
		writeData(w, fmt.Sprintf(`{"items":[%s],"isTruncated":%t,"nextExclusiveStartKey":%s}`, strings.Join(items, ","), next != "null", next))
	})
	c := newTestClient(t, server)
	for limit, want := range map[int64]int{0: total, 1: 1, 1000: 1000, 1001: 1001, 9999: total} {
		count := 0
		for key, err := range c.KeyValueStores().Keys(t.Context(), storeRef(t), KeysOptions{Limit: limit}) {
			if err != nil {
				t.Fatal(err)
			}
			if key.Key != fmt.Sprintf("key-%04d", count) || key.Size != int64(count) {
				t.Fatalf("entry %d is %+v", count, key)
			}
			count++
		}
		if count != want {
			t.Errorf("limit %d: %d keys, want %d", limit, count, want)
		}
	}
}

func TestValidKey(t *testing.T) {
	for key, ok := range map[string]bool{
		"a": true, "a!b-c_d.e'f(g)": true, ".": true, strings.Repeat("x", 256): true,
		"": false, strings.Repeat("x", 257): false, "a b": false, "a/b": false, "a:b": false, "č": false,
	} {
		if err := ValidKey(key); (err == nil) != ok {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// A transfer that is broken off again and again ends well as long as each
// connection brings something, and in an error when nothing more comes.
func TestTransfersThatBringLittle(t *testing.T) {
	const value = "a value in thirty small pieces"
	for name, test := range map[string]struct {
		most  int // bytes that come at all
		wants int // requests
	}{
		"a byte each time": {len(value), len(value)},
		"no more":          {5, 5 + maxBarren},
		"nothing":          {0, 1 + maxBarren},
	} {
		t.Run(name, func(t *testing.T) {
			tries := 0
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				tries++
				from := 0
				w.Header().Set("ETag", `"v1"`)
				status := http.StatusOK
				if r.Header.Get("Range") != "" {
					status = http.StatusPartialContent
					if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err != nil {
						t.Error(err)
					}
					w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(value)-1, len(value)))
				}
				w.Header().Set("Content-Length", strconv.Itoa(len(value)-from))
				w.WriteHeader(status)
				if from < test.most {
					write(w, value[from:from+1])
				}
				_ = http.NewResponseController(w).Flush()
				if from+1 < len(value) {
					panic(http.ErrAbortHandler)
				}
			})
			got, _, err := read(t, newTestClient(t, server), "key")
			if whole := test.most == len(value); (err == nil) != whole || string(got) != value[:test.most] {
				t.Errorf("got %q, %v", got, err)
			}
			if tries != test.wants {
				t.Errorf("%d requests, want %d", tries, test.wants)
			}
		})
	}
}

// A part is as long as what is missing, as far as its length is told.
func TestLengthOfTheRest(t *testing.T) {
	const size, offset = 100, 60
	for name, test := range map[string]struct {
		size   int64 // of the value; -1: not known
		length int64 // of the answer
		said   string
		want   bool
	}{
		"as it should be":              {size, 40, "bytes 60-99/100", true},
		"no length":                    {size, -1, "bytes 60-99/100", true},
		"an empty rest":                {size, 0, "bytes 60-99/100", false},
		"too long":                     {size, 41, "bytes 60-99/100", false},
		"of a larger value":            {size, 40, "bytes 60-99/101", false},
		"of a value of unknown size":   {size, 40, "bytes 60-99/*", true},
		"nothing was known beforehand": {-1, 41, "bytes 60-99/101", true},
	} {
		w := &wireReader{info: RecordInfo{Size: test.size}, offset: offset}
		answer := &response{header: http.Header{"Content-Range": {test.said}}, length: test.length}
		if got := w.rests(answer); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

// A small value may be packed as tightly as it likes.
func TestSmallValuesMayBePackedTightly(t *testing.T) {
	value := make([]byte, 10<<20)
	for _, encoding := range []string{"gzip", "br"} {
		server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			write(w, string(encoded(t, encoding, value)))
		})
		if got, _, err := read(t, newTestClient(t, server), "key"); err != nil || !bytes.Equal(got, value) {
			t.Errorf("%s: %d bytes, %v", encoding, len(got), err)
		}
	}
}

func TestClosedRecord(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) { write(w, "value") })
	reader, err := newTestClient(t, server).KeyValueStores().OpenRecord(t.Context(), storeRef(t), "key")
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(reader); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("got %q, %v from a record that is closed", got, err)
	}
}

// The value goes as it is, and says what it is compressed with.
func TestEncodingOfAnUpload(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if got, ok := r.Header["Content-Encoding"]; ok != (encoding != "") || ok && got[0] != encoding {
				t.Errorf("Content-Encoding %q, want %q", got, encoding)
			}
			w.WriteHeader(http.StatusCreated)
			write(w, "{}")
		})
		upload := Upload{ContentType: "text/plain", ContentEncoding: encoding, Size: 1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}
		if err := newTestClient(t, server).KeyValueStores().PutRecord(t.Context(), storeRef(t), "key", upload); err != nil {
			t.Error(err)
		}
	}
}

// A key is one step of a path, whatever it looks like.
func TestRecordPath(t *testing.T) {
	for key, want := range map[string]string{
		"a": "/s/records/a", ".": "/s/records/%2E", "..": "/s/records/%2E%2E", "...": "/s/records/...", "a b/c": "/s/records/a%20b%2Fc",
	} {
		if got := recordPath("/s", key); got != want {
			t.Errorf("%q: %s, want %s", key, got, want)
		}
	}
}

func TestHeadWithAnotherStatus(t *testing.T) {
	tries := 0
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries == 1 {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Length", "5")
	})
	info, err := newTestClient(t, server).KeyValueStores().HeadRecord(t.Context(), storeRef(t), "key")
	if err != nil || info.Size != 5 || tries != 2 {
		t.Errorf("%d bytes, %v after %d tries", info.Size, err, tries)
	}
}

// What narrows a list is asked for, and nothing else.
func TestNarrowedKeys(t *testing.T) {
	for name, o := range map[string]KeysOptions{"all": {}, "prefix": {Prefix: "a"}, "collection": {Collection: "c"}} {
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			if query.Has("prefix") != (o.Prefix != "") || query.Get("prefix") != o.Prefix || query.Has("collection") != (o.Collection != "") || query.Get("collection") != o.Collection {
				t.Errorf("%s: asked for %s", name, r.URL.RawQuery)
			}
			writeData(w, `{"items":[],"isTruncated":false}`)
		})
		for _, err := range newTestClient(t, server).KeyValueStores().Keys(t.Context(), storeRef(t), o) {
			t.Error(err)
		}
	}
}

func TestHasKeys(t *testing.T) {
	for items, want := range map[string]bool{`[]`: false, `[{"key":"a","size":1}]`: true} {
		server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			writeData(w, `{"items":`+items+`,"isTruncated":false}`)
		})
		if got, err := newTestClient(t, server).KeyValueStores().HasKeys(t.Context(), testID); err != nil || got != want {
			t.Errorf("%s: %t, %v", items, got, err)
		}
	}
}
