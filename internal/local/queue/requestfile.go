package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// requestFile is a request's file in any of the forms that SDKs leave:
//
//	Crawlee 3   {"id", "json": "<the request>", "method", "orderNo", "retryCount", "uniqueKey", "url"}
//	Crawlee 4   the request itself, with an orderNo
//	Python      the request itself in snake_case
//
// We write the first, with one member more while a request is locked.
type requestFile struct {
	id      requestID
	wrapped bool // Crawlee 3's
	text    []byte
	// order is orderNo in microseconds; 0 when the request is handled. Negative
	// is the forefront. An absolute value in the future is the end of a lock.
	order  int64
	holder string // the clientKey of that lock; "" when nobody's or not known
}

var errNoRequest = errors.New("it holds no request")

// lockNote says who holds a lock. It is in the request's own file, so that lock
// and holder change in one rename. It is void once orderNo has another value:
// Crawlee keeps members that it does not know when it locks a request itself.
type lockNote struct {
	ClientKey string `json:"clientKey"`
	Until     int64  `json:"until"` // milliseconds
}

const lockMember = "apifyctlLock"

// parseRequestFile reads a file; changed is its time, the order of requests
// that have none.
func parseRequestFile(text []byte, changed time.Time) (requestFile, error) {
	f := requestFile{text: text}
	if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte{'{'}) {
		return f, errNoRequest
	}
	var orderNo, lock []byte
	uniqueKey, handled, ordered := "", false, false
	for m, err := range rawjson.Members(text) {
		if err != nil {
			return f, err
		}
		isNull := string(m.Value) == "null"
		switch m.Name() {
		case "json":
			f.wrapped = m.Value[0] == '"'
		case "uniqueKey", "unique_key":
			uniqueKey = textOf(m.Value)
		case "orderNo":
			ordered = true
			if !isNull {
				orderNo = m.Value
			}
		case "handledAt", "handled_at":
			handled = !isNull
		case lockMember:
			lock = m.Value
		}
	}
	if uniqueKey == "" {
		return f, errNoRequest
	}
	f.id = requestIDOf(uniqueKey)
	if f.wrapped {
		handled = ordered && orderNo == nil
	}
	if handled {
		return f, nil
	}
	f.order = changed.UnixMicro()
	if ms, err := strconv.ParseFloat(string(orderNo), 64); err == nil && ms != 0 && math.Abs(ms) < 1e15 {
		f.order = int64(math.Round(ms * 1000))
	}
	var note lockNote
	if lock != nil && json.Unmarshal(lock, &note) == nil && note.Until*1000 == abs(f.order) {
		f.holder = note.ClientKey
	}
	return f, nil
}

func abs(n int64) int64 { return max(n, -n) }

// textOf is a JSON string's text; "" for other values.
func textOf(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// request is the request as the API has it, with its ID first.
func (f *requestFile) request() ([]byte, error) {
	text := f.text
	if f.wrapped {
		for m, err := range rawjson.Members(f.text) {
			if err != nil {
				return nil, err
			}
			if m.Name() == "json" {
				text = []byte(textOf(m.Value))
			}
		}
		if !json.Valid(text) {
			return nil, errNoRequest
		}
	}
	return requestWithID(text, f.id)
}

// requestWithID sets the ID, and leaves out what is no part of a request. Names
// in snake_case become the API's, null is nothing.
func requestWithID(text []byte, id requestID) ([]byte, error) {
	out := directory.AppendMember(nil, []byte(`"id"`), []byte(strconv.Quote(id.String())))
	for m, err := range rawjson.Members(text) {
		if err != nil {
			return nil, err
		}
		name := m.Name()
		switch name {
		case "id", "orderNo", "lockExpiresAt", "lockByClient", lockMember:
			continue
		}
		if string(m.Value) == "null" {
			continue
		}
		key := m.Key
		if strings.Contains(name, "_") {
			key = rawjson.Quoted(camelCase(name))
		}
		out = directory.AppendMember(out, key, m.Value)
	}
	out = append(out, '}')
	return rawjson.AppendCompact(nil, out)
}

func camelCase(snake string) string {
	head, words, _ := strings.Cut(snake, "_")
	for _, word := range strings.Split(words, "_") {
		if word != "" {
			head += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return head
}

// writtenRequest is a file as Crawlee 3 lays it out.
type writtenRequest struct {
	ID         string          `json:"id"`
	JSON       string          `json:"json"`
	Method     string          `json:"method,omitempty"`
	OrderNo    json.RawMessage `json:"orderNo"`
	RetryCount int64           `json:"retryCount"`
	UniqueKey  string          `json:"uniqueKey"`
	URL        string          `json:"url"`
	Lock       *lockNote       `json:"apifyctlLock,omitempty"`
}

// requestFileText is the file of a request. A lock's order is in whole
// milliseconds.
func requestFileText(id requestID, request []byte, order int64, holder string) ([]byte, error) {
	var facts requestFacts
	if err := json.Unmarshal(request, &facts); err != nil {
		return nil, err
	}
	w := writtenRequest{
		ID: id.String(), JSON: string(request), Method: facts.Method, OrderNo: json.RawMessage("null"),
		RetryCount: facts.RetryCount, UniqueKey: facts.UniqueKey, URL: facts.URL,
	}
	if order != 0 {
		w.OrderNo = appendOrder(nil, order)
	}
	if holder != "" {
		w.Lock = &lockNote{holder, abs(order) / 1000}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "\t")
	err := encoder.Encode(w)
	return bytes.TrimRight(text.Bytes(), "\n"), err
}

// reordered is the file with another order and holder, and all else as it is;
// false where it is not as Crawlee 3 lays it out, or the order would not fit it.
func (f *requestFile) reordered(order int64, holder string) (text []byte, ok bool) {
	if !f.wrapped || order == 0 {
		return nil, false
	}
	text = append(make([]byte, 0, len(f.text)+128), '{')
	member := func(key, value []byte) {
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(text, "\n\t"...), key...)
		text = append(append(text, ": "...), value...)
	}
	for m, err := range rawjson.Members(f.text) {
		if err != nil {
			return nil, false
		}
		switch m.Name() {
		case lockMember:
		case "orderNo":
			ok = true
			member(m.Key, appendOrder(nil, order))
		default:
			member(m.Key, m.Value)
		}
	}
	if holder != "" {
		note := rawjson.AppendQuoted([]byte("{\n\t\t\"clientKey\": "), holder)
		note = strconv.AppendInt(append(note, ",\n\t\t\"until\": "...), abs(order)/1000, 10)
		member([]byte(`"`+lockMember+`"`), append(note, "\n\t}"...))
	}
	return append(text, "\n}"...), ok
}

// appendOrder appends an orderNo: milliseconds.
func appendOrder(text []byte, order int64) []byte {
	return strconv.AppendFloat(text, float64(order)/1000, 'f', -1, 64)
}

// requestFacts are the members of a request that the queue itself looks at.
type requestFacts struct {
	ID         string `json:"id,omitempty"`
	URL        string `json:"url"`
	UniqueKey  string `json:"uniqueKey"`
	Method     string `json:"method,omitempty"`
	RetryCount int64  `json:"retryCount"`
	HandledAt  any    `json:"handledAt,omitempty"`
}
