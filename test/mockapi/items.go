package mockapi

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/andybalholm/brotli"
)

const (
	maxPushBytes = 9_437_184
	noLimit      = 999999999999 // what the API answers when no limit was asked for
)

// Push appends items, each one JSON object, exactly as they are.
func (s *Server) Push(id string, items ...string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	target := s.byID(id)
	s.touch(target)
	for _, item := range items {
		target.items = append(target.items, json.RawMessage(item))
	}
}

// Items are the bytes that were stored.
func (s *Server) Items(id string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	texts := []string{}
	for _, item := range s.byID(id).items {
		texts = append(texts, string(item))
	}
	return texts
}

// Find is the ID of the caller's storage of that name, or "".
func (s *Server) Find(kindPath, name string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	k, _ := kindAt(kindPath)
	if found := s.byName(k, UserID, name); found != nil {
		return found.id
	}
	return ""
}

func (s *Server) items(r *http.Request, who *caller, target *storage, body []byte) (answer, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.getItems(r, target)
	case http.MethodPost:
		if err := mayWrite(who, target); err != nil {
			return answer{}, err
		}
		if err := push(target, r, body); err != nil {
			return answer{}, err
		}
		s.touch(target)
		return jsonAnswer(http.StatusCreated, map[string]any{}), nil
	}
	return answer{}, errorf(http.StatusMethodNotAllowed, "method-not-allowed", "This API end-point can only be accessed using the following HTTP methods: GET, HEAD, POST")
}

func (s *Server) getItems(r *http.Request, target *storage) (answer, error) {
	query, most, err := target.withView(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	offset, err := wholeNumber(query, "offset", 0)
	if err != nil {
		return answer{}, err
	}
	limit, err := wholeNumber(query, "limit", noLimit)
	if err != nil {
		return answer{}, err
	}
	if format := query.Get("format"); format != "" && format != "json" {
		return answer{}, errorf(http.StatusBadRequest, "invalid-value", "the mock knows no format but json")
	}
	stored := slices.Clone(target.items)
	if flag(query, "desc") {
		slices.Reverse(stored)
	}
	stored = stored[:min(most, len(stored))]
	stored = stored[min(offset, len(stored)):]
	stored = stored[:min(limit, len(stored))]
	rows, err := transform(stored, query)
	if err != nil {
		return answer{}, err
	}
	total := min(most, len(target.items))
	if target.totalLag > 0 {
		target.totalLag--
		total = max(0, total-s.behave.TotalLag)
	}
	if target.growsLeft > 0 {
		target.growsLeft--
		for range s.behave.Grow {
			target.items = append(target.items, json.RawMessage(fmt.Sprintf(`{"n":%d}`, len(target.items))))
		}
	}
	text := append([]byte{'['}, bytes.Join(rows, []byte{','})...)
	return answer{http.StatusOK, http.Header{
		"Content-Type":              {"application/json; charset=utf-8"},
		"X-Apify-Pagination-Offset": {strconv.Itoa(offset)},
		"X-Apify-Pagination-Limit":  {strconv.Itoa(limit)},
		"X-Apify-Pagination-Count":  {strconv.Itoa(len(rows))},
		"X-Apify-Pagination-Total":  {strconv.Itoa(total)},
		"X-Apify-Pagination-Desc":   {strconv.FormatBool(flag(query, "desc"))},
	}, append(text, ']')}, nil
}

// push stores all items of a body, or none.
func push(target *storage, r *http.Request, body []byte) error {
	text, err := decodeBody(r, body)
	if err != nil {
		return err
	}
	if len(text) > maxPushBytes {
		return errorf(http.StatusRequestEntityTooLarge, "request-too-large", "The POST payload is too large (limit: %d bytes, actual length: %d bytes).", maxPushBytes, len(text))
	}
	text = bytes.TrimSpace(text)
	var items []json.RawMessage
	if bytes.HasPrefix(text, []byte{'['}) {
		err = json.Unmarshal(text, &items)
	} else {
		items = []json.RawMessage{text}
	}
	if err != nil {
		return errorf(http.StatusBadRequest, "invalid-request", "Request body is not valid JSON: %v", err)
	}
	for i, item := range items {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(item, &members); err != nil || members == nil {
			return errorf(http.StatusBadRequest, "invalid-request", "Item %d is not a JSON object", i)
		}
	}
	target.items = append(target.items, items...)
	return nil
}

func decodeBody(r *http.Request, body []byte) ([]byte, error) {
	var reader io.Reader
	var err error
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return body, nil
	case "gzip":
		reader, err = gzip.NewReader(bytes.NewReader(body))
	case "br":
		reader = brotli.NewReader(bytes.NewReader(body))
	case "deflate":
		if reader, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			reader, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	default:
		return nil, errorf(http.StatusUnsupportedMediaType, "unsupported-content-encoding", "Content-Encoding %q is not supported", encoding)
	}
	if err == nil {
		body, err = io.ReadAll(reader)
	}
	if err != nil {
		return nil, errorf(http.StatusBadRequest, "invalid-request", "The body cannot be decompressed: %v", err)
	}
	return body, nil
}
