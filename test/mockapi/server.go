// Package mockapi is a second, independent implementation of the parts of the
// Apify API that the tests need. It shares no code with the client or with the
// local handler: it is slow, small and in memory, so that a misreading of the
// API on one side does not hide on the other. It injects faults on request.
//
// It is for tests only.
package mockapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Who the mock knows. The secrets are recognisable, so that a test can search
// all output for them.
const (
	Token         = "apify_api_SECRETownerTOKEN0000000000000"
	ReadOnlyToken = "apify_api_SECRETreaderTOKEN000000000000"
	SigningSecret = "SECRETurlSigningKEY"
	// SecretMarker is part of every secret and of nothing else.
	SecretMarker = "SECRET"

	UserID        = "ownerUserId000001"
	Username      = "tester"
	OtherUserID   = "otherUserId000001"
	OtherUsername = "somebody"
)

// Request is one line of the log.
type Request struct {
	Method, Path, Query string
	Status              int // 0: the connection was closed without an answer
	Body                int // bytes as they came, before decoding
}

func (r Request) String() string {
	line := r.Method + " " + r.Path
	if r.Query != "" {
		line += "?" + r.Query
	}
	return fmt.Sprintf("%s %d", line, r.Status)
}

// Server answers like the Apify API. Change its behaviour through the methods
// and the exported fields before the first request, or with Configure.
type Server struct {
	http *httptest.Server

	mutex    sync.Mutex
	behave   Behaviour
	storages []*storage
	runs     map[string]*run
	actors   map[string]string // names by ID
	faults   []*Fault
	log      []Request
	clock    time.Time
	nextID   int
}

// Behaviour is how the server answers when nothing goes wrong.
type Behaviour struct {
	RateLimit       int           // X-RateLimit-Limit; 0: no such header
	Encoding        string        // "", "gzip" or "br", where the client accepts it
	TotalLag        int           // how many items the total leaves out…
	TotalLagAnswers int           // …on so many answers
	Grow            int           // items that a dataset gains…
	GrowAnswers     int           // …after each of so many answers with items
	Latency         time.Duration // before each answer
	Redirect        bool          // values are at another host
	RetentionDays   float64       // of the account; 0: the token may not see it
	TakenStatus     int           // of name-not-unique; the real one is documented nowhere

	Unprocessed        int  // how many requests of a batch a queue leaves out…
	UnprocessedAnswers int  // …in so many answers
	AddsPending        bool // queues take what is added for pending, whatever it says
}

// Start runs a server until Close.
func Start() *Server {
	s := &Server{
		behave: Behaviour{RateLimit: 60, RetentionDays: 7, TakenStatus: http.StatusConflict},
		runs:   map[string]*run{},
		actors: map[string]string{},
		clock:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve)) // answers need its address: it starts when s has it
	s.http.Start()
	return s
}

// URL is the base URL without /v2.
func (s *Server) URL() string { return s.http.URL }

// Close cuts what is under way: a test may have left a transfer hanging.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Die stops listening and cuts all connections, as a crashing server does.
func (s *Server) Die() {
	_ = s.http.Listener.Close() // a second Die finds it closed
	s.http.CloseClientConnections()
}

// Configure changes how the server behaves.
func (s *Server) Configure(change func(*Behaviour)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	change(&s.behave)
}

// Requests is the log so far.
func (s *Server) Requests() []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]Request(nil), s.log...)
}

// ForgetRequests empties the log.
func (s *Server) ForgetRequests() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.log = nil
}

// apiError is what a handler answers with when it cannot do what was asked.
type apiError struct {
	status        int
	kind, message string
}

func (e *apiError) Error() string { return e.message }

func errorf(status int, kind, format string, args ...any) error {
	return &apiError{status, kind, fmt.Sprintf(format, args...)}
}

// answer is a whole answer in memory: faults cut and slow it down afterwards.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body := new(bytes.Buffer)
	_, readError := body.ReadFrom(r.Body)

	s.mutex.Lock()
	behave := s.behave
	index := len(s.log)
	s.log = append(s.log, Request{Method: r.Method, Path: r.URL.Path, Query: loggedQuery(r.URL.Query()), Body: body.Len()})
	fault := s.takeFault(r)
	var reply answer
	switch {
	case readError != nil:
		s.mutex.Unlock()
		panic(http.ErrAbortHandler)
	case fault != nil && fault.beforehand():
		reply = fault.reply()
	default:
		reply = s.answer(r, body.Bytes())
	}
	if behave.RateLimit > 0 {
		reply.header.Set("X-RateLimit-Limit", strconv.Itoa(behave.RateLimit))
	}
	if fault == nil || fault.answers() {
		s.log[index].Status = reply.status
	}
	s.mutex.Unlock()

	pause(r, behave.Latency)
	compress(&reply, r, behave.Encoding)
	deliver(w, r, reply, fault, s)
}

// loggedQuery keeps tokens and signatures out of the log, which scripts print.
func loggedQuery(query url.Values) string {
	for _, name := range []string{"token", "signature", "X-Signature"} {
		if query.Has(name) {
			query.Set(name, "redacted")
		}
	}
	return query.Encode()
}

func (s *Server) answer(r *http.Request, body []byte) answer {
	reply, err := s.route(r, body)
	if err == nil {
		return reply
	}
	problem, ok := err.(*apiError) //nolint:errorlint // made in this package, never wrapped
	if !ok {
		problem = &apiError{http.StatusInternalServerError, "internal-server-error", err.Error()}
	}
	return errorAnswer(problem.status, problem.kind, problem.message)
}

func errorAnswer(status int, kind, message string) answer {
	return jsonAnswer(status, map[string]any{"error": map[string]string{"type": kind, "message": message}})
}

func dataAnswer(status int, data any) answer {
	return jsonAnswer(status, map[string]any{"data": data})
}

func jsonAnswer(status int, value any) answer {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // only what this package builds itself comes here
	}
	return answer{status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, text}
}

// route finds the handler. The caller holds the mutex.
func (s *Server) route(r *http.Request, body []byte) (answer, error) {
	if strings.HasPrefix(r.URL.Path, "/bucket/") {
		return s.bucket(r)
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/v2/")
	if !ok {
		return answer{}, errorf(http.StatusNotFound, "page-not-found", "We have bad news: there is no API endpoint at this URL.")
	}
	who, err := s.caller(r)
	if err != nil {
		return answer{}, err
	}
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if parts[0] == "users" && len(parts) == 2 && parts[1] == "me" {
		return s.me(who)
	}
	if len(parts) == 4 && strings.Join(parts, "/") == "users/me/usage/monthly" {
		return s.usage(who)
	}
	if parts[0] == "users" && len(parts) == 3 && parts[1] == "me" && parts[2] == "limits" {
		return s.limits(who)
	}
	if parts[0] == "acts" && len(parts) == 2 {
		return s.actor(who, parts[1])
	}
	if parts[0] == "actor-runs" || parts[0] == "acts" || parts[0] == "actors" {
		return s.routeRun(r, who, parts, body)
	}
	k, ok := kindAt(parts[0])
	switch {
	case !ok:
		return answer{}, errorf(http.StatusNotFound, "page-not-found", "We have bad news: there is no API endpoint at this URL.")
	case len(parts) == 1:
		return s.collection(r, who, k, body)
	}
	target := s.signedFor(r, k, parts[1:])
	if target == nil {
		if target, err = s.find(k, parts[1], who); err != nil {
			return answer{}, err
		}
	}
	return s.routeStorage(r, who, target, parts[2:], body)
}

func (s *Server) routeStorage(r *http.Request, who *caller, target *storage, rest []string, body []byte) (answer, error) {
	switch {
	case len(rest) == 0:
		return s.object(r, who, target, body)
	case len(rest) == 1 && rest[0] == "items" && target.kind == datasets:
		return s.items(r, who, target, body)
	case len(rest) == 1 && rest[0] == "keys" && target.kind == keyValueStores && r.Method == http.MethodGet:
		return s.keys(r, target)
	case len(rest) == 2 && rest[0] == "records" && target.kind == keyValueStores:
		return s.record(r, who, target, rest[1], body)
	case target.kind == requestQueues:
		return s.queue(r, who, target, rest, body)
	}
	return answer{}, errorf(http.StatusNotFound, "page-not-found", "We have bad news: there is no API endpoint at this URL.")
}
