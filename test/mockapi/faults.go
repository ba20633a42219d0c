package mockapi

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults.
const (
	FaultStatus    FaultKind = "status"    // answers Status, with RetryAfter when set
	FaultCut       FaultKind = "cut"       // Content-Length says all, half of the body comes, the connection closes
	FaultCutChunk  FaultKind = "cut-chunk" // half of a chunked body, then the connection closes
	FaultCutClean  FaultKind = "cut-clean" // half of the body, in an answer that is otherwise whole
	FaultCutGzip   FaultKind = "cut-gzip"  // half of a compressed body, in an answer that is otherwise whole
	FaultSlow      FaultKind = "slow"      // the body comes in Pieces parts with Delay between them
	FaultHang      FaultKind = "hang"      // half of the body comes, then nothing, until the client goes away
	FaultClose     FaultKind = "close"     // the connection closes before anything was done
	FaultLost      FaultKind = "lost"      // the request is carried out, the connection closes without an answer
	FaultDie       FaultKind = "die"       // half of the body comes, then the server is gone for good
	FaultBadLength FaultKind = "empty"     // 200 with an empty body
)

// Fault befalls requests in the order in which the faults were added.
type Fault struct {
	Kind       FaultKind
	Method     string // "" any
	Path       string // a part of the path and query; "" any
	Skip       int    // so many matching requests get through first
	Count      int    // how many requests it befalls; 0: one, negative: all from then on
	Status     int
	RetryAfter string // the header's value; "date+N" becomes the HTTP date N seconds from now
	Pieces     int
	Delay      time.Duration
}

// Inject adds a fault.
func (s *Server) Inject(f Fault) {
	if f.Count == 0 {
		f.Count = 1
	}
	if f.Pieces == 0 {
		f.Pieces = 8
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.faults = append(s.faults, &f)
}

// takeFault finds the fault for a request. The caller holds the mutex.
func (s *Server) takeFault(r *http.Request) *Fault {
	for _, each := range s.faults {
		if each.Count == 0 || each.Method != "" && each.Method != r.Method || !strings.Contains(r.URL.RequestURI(), each.Path) {
			continue
		}
		if each.Skip > 0 {
			each.Skip--
			continue
		}
		if each.Count > 0 {
			each.Count--
		}
		return each
	}
	return nil
}

// beforehand: the request is not carried out.
func (f *Fault) beforehand() bool { return f.Kind == FaultStatus || f.Kind == FaultClose }

// answers: the client sees a status.
func (f *Fault) answers() bool { return f.Kind != FaultClose && f.Kind != FaultLost }

func (f *Fault) reply() answer {
	if f.Kind != FaultStatus {
		return answer{header: http.Header{}}
	}
	kinds := map[int]string{
		http.StatusTooManyRequests: "rate-limit-exceeded", http.StatusForbidden: "insufficient-permissions",
		http.StatusNotFound: "record-not-found", http.StatusUnauthorized: "invalid-token",
	}
	kind := kinds[f.Status]
	if kind == "" {
		kind = "internal-server-error"
	}
	reply := errorAnswer(f.Status, kind, "injected fault")
	after := f.RetryAfter
	if seconds, ok := strings.CutPrefix(after, "date+"); ok {
		n, _ := strconv.Atoi(seconds) // nonsense counts as now
		after = time.Now().Add(time.Duration(n) * time.Second).UTC().Format(http.TimeFormat)
	}
	if after != "" {
		reply.header.Set("Retry-After", after)
	}
	return reply
}

// compress encodes the body where the client accepts it.
func compress(reply *answer, r *http.Request, encoding string) {
	if encoding == "" || len(reply.body) == 0 || !strings.Contains(r.Header.Get("Accept-Encoding"), encoding) {
		return
	}
	var packed bytes.Buffer
	if encoding == "br" {
		writer := brotli.NewWriter(&packed)
		_, _ = writer.Write(reply.body) // into memory
		_ = writer.Close()
	} else {
		packed.Write(gzipped(reply.body))
	}
	reply.body = packed.Bytes()
	reply.header.Set("Content-Encoding", encoding)
}

func gzipped(text []byte) []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(text) // into memory
	_ = writer.Close()
	return packed.Bytes()
}

func pause(r *http.Request, length time.Duration) {
	if length <= 0 {
		return
	}
	select {
	case <-time.After(length):
	case <-r.Context().Done():
	}
}

// deliver writes the answer, with what the fault makes of it.
func deliver(w http.ResponseWriter, r *http.Request, reply answer, fault *Fault, s *Server) {
	if fault == nil || fault.Kind == FaultStatus {
		send(w, reply)
		return
	}
	half := len(reply.body) / 2
	switch fault.Kind {
	case FaultClose, FaultLost:
		panic(http.ErrAbortHandler)
	case FaultCut:
		reply.header.Set("Content-Length", strconv.Itoa(len(reply.body)))
		begin(w, reply, half)
		panic(http.ErrAbortHandler)
	case FaultCutChunk:
		begin(w, reply, half)
		panic(http.ErrAbortHandler)
	case FaultCutClean:
		reply.body = reply.body[:half]
		send(w, reply)
	case FaultCutGzip:
		if reply.header.Get("Content-Encoding") == "" {
			reply.body = gzipped(reply.body)
			reply.header.Set("Content-Encoding", "gzip")
		}
		reply.body = reply.body[:len(reply.body)/2]
		send(w, reply)
	case FaultHang:
		begin(w, reply, half)
		<-r.Context().Done()
	case FaultDie:
		begin(w, reply, half)
		s.Die()
	case FaultSlow:
		begin(w, reply, 0)
		for i := range fault.Pieces {
			pause(r, fault.Delay)
			_, _ = w.Write(reply.body[i*len(reply.body)/fault.Pieces : (i+1)*len(reply.body)/fault.Pieces])
			flush(w)
		}
	case FaultBadLength:
		reply.body = nil
		send(w, reply)
	}
}

func send(w http.ResponseWriter, reply answer) {
	if reply.status != http.StatusNoContent {
		reply.header.Set("Content-Length", strconv.Itoa(len(reply.body)))
	}
	for name, values := range reply.header {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // the client may have gone away
}

// begin sends the headers and so many bytes of the body at once.
func begin(w http.ResponseWriter, reply answer, length int) {
	for name, values := range reply.header {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body[:length])
	flush(w)
}

func flush(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush() // the client may have gone away
}
