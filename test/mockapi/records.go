package mockapi

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// record is a value as it was sent: compressed, where it was.
type record struct {
	value                 []byte
	contentType, encoding string
}

func (r *record) etag() string { return fmt.Sprintf(`"%x"`, sha256.Sum256(r.value)) }

// Put stores a record. The value is given plain and stored with the encoding.
func (s *Server) Put(id, key, contentType, encoding string, value []byte) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.byID(id).put(key, &record{encode(encoding, value), contentType, encoding})
}

// Record is a stored value, as it was sent, with its media type and encoding;
// ok is false where there is none.
func (s *Server) Record(id, key string) (value []byte, contentType, encoding string, ok bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, ok := s.byID(id).records[key]
	if !ok {
		return nil, "", "", false
	}
	return found.value, found.contentType, found.encoding, true
}

func encode(encoding string, value []byte) []byte {
	var packed bytes.Buffer
	switch encoding {
	case "gzip":
		return gzipped(value)
	case "br":
		writer := brotli.NewWriter(&packed)
		_, _ = writer.Write(value) // into memory
		_ = writer.Close()
	case "deflate":
		writer := zlib.NewWriter(&packed)
		_, _ = writer.Write(value) // into memory
		_ = writer.Close()
	default:
		return value
	}
	return packed.Bytes()
}

func (t *storage) put(key string, r *record) {
	if t.records == nil {
		t.records = map[string]*record{}
	}
	t.records[key] = r
}

var keyRule = regexp.MustCompile(`^[a-zA-Z0-9!\-_.'()]{1,256}$`)

func (s *Server) record(r *http.Request, who *caller, target *storage, key string, body []byte) (answer, error) {
	if !keyRule.MatchString(key) {
		return answer{}, errorf(http.StatusBadRequest, "invalid-record-key", "Record key contains invalid character")
	}
	found := target.records[key]
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if found == nil {
			return answer{}, errorf(http.StatusNotFound, "record-not-found", "Record was not found")
		}
		if s.behave.Redirect && r.Method == http.MethodGet {
			elsewhere := strings.Replace(s.URL(), "127.0.0.1", "localhost", 1)
			return answer{http.StatusFound, http.Header{"Location": {
				elsewhere + "/bucket/" + target.id + "/" + url.PathEscape(key) + "?X-Signature=" + SecretMarker,
			}}, nil}, nil
		}
		return found.answer(r), nil
	case http.MethodPut, http.MethodPost:
		if err := mayWrite(who, target); err != nil {
			return answer{}, err
		}
		encoding := r.Header.Get("Content-Encoding")
		if _, err := decodeBody(r, body); err != nil {
			return answer{}, err
		}
		target.put(key, &record{body, r.Header.Get("Content-Type"), encoding})
		return jsonAnswer(http.StatusCreated, map[string]any{}), nil
	case http.MethodDelete:
		if err := mayWrite(who, target); err != nil {
			return answer{}, err
		}
		delete(target.records, key)
		return answer{http.StatusNoContent, http.Header{}, nil}, nil
	}
	return answer{}, errorf(http.StatusMethodNotAllowed, "method-not-allowed", "This API end-point can only be accessed using the following HTTP methods: GET, HEAD, PUT, POST, DELETE")
}

// bucket is where redirects lead: another host, which must not see the token.
func (s *Server) bucket(r *http.Request) (answer, error) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/bucket/"), "/", 2)
	target := s.byID(parts[0])
	if r.Header.Get("Authorization") != "" || len(parts) != 2 || target == nil || target.records[parts[1]] == nil {
		return answer{}, errorf(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed")
	}
	return target.records[parts[1]].answer(r), nil
}

func (r *record) answer(request *http.Request) answer {
	header := http.Header{"Content-Type": {r.contentType}, "Etag": {r.etag()}}
	value, encoding := r.value, r.encoding
	if encoding != "" && !strings.Contains(request.Header.Get("Accept-Encoding"), encoding) {
		value, _ = decodeBody(&http.Request{Header: http.Header{"Content-Encoding": {encoding}}}, value) // was checked when it came
		encoding = ""
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	if strings.HasPrefix(r.contentType, "text/html") && !flag(request.URL.Query(), "attachment") && !strings.HasPrefix(request.URL.Path, "/bucket/") {
		value = append([]byte("<!-- snippet -->"), value...)
	}
	from, ok := strings.CutPrefix(request.Header.Get("Range"), "bytes=")
	if start, err := strconv.Atoi(strings.TrimSuffix(from, "-")); ok && err == nil && start < len(value) && request.Header.Get("If-Range") == r.etag() {
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(value)-1, len(value)))
		return answer{http.StatusPartialContent, header, value[start:]}
	}
	return answer{http.StatusOK, header, value}
}

const maxKeysLimit = 1000

func (s *Server) keys(r *http.Request, target *storage) (answer, error) {
	query := r.URL.Query()
	limit, err := wholeNumber(query, "limit", maxKeysLimit)
	if err != nil {
		return answer{}, err
	}
	limit = min(limit, maxKeysLimit)
	after := query.Get("exclusiveStartKey")
	var wanted []string
	for _, key := range slices.Sorted(maps.Keys(target.records)) {
		if key > after && strings.HasPrefix(key, query.Get("prefix")) {
			wanted = append(wanted, key)
		}
	}
	var next any
	if len(wanted) > limit {
		wanted = wanted[:limit]
		next = wanted[limit-1]
	}
	items := []any{}
	for _, key := range wanted {
		items = append(items, object{
			{"key", key},
			{"size", len(target.records[key].value)},
			{"recordPublicUrl", s.URL() + "/v2/key-value-stores/" + target.id + "/records/" + url.PathEscape(key)},
		})
	}
	return dataAnswer(http.StatusOK, object{
		{"items", items},
		{"count", len(items)},
		{"limit", limit},
		{"exclusiveStartKey", orNull(after)},
		{"isTruncated", next != nil},
		{"nextExclusiveStartKey", next},
	}), nil
}
