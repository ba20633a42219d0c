package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// apiError is an answer in the API's error envelope.
type apiError struct {
	status  int
	kind    string // the envelope's type
	message string
}

func (e *apiError) Error() string { return e.message }

func invalidValue(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, "invalid-value", fmt.Sprintf(format, args...)}
}

func notFound(k kind) error {
	return &apiError{http.StatusNotFound, "record-not-found", k.capitalized() + " was not found"}
}

func notImplemented(what string) error {
	return &apiError{http.StatusNotImplemented, "not-implemented", what + " is not supported on a local storage directory"}
}

// asAPIError turns what went wrong into an answer.
func asAPIError(err error) *apiError {
	if known, ok := errors.AsType[*apiError](err); ok {
		return known
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &apiError{http.StatusRequestEntityTooLarge, "request-too-large", fmt.Sprintf("The request body is larger than %d bytes", tooLarge.Limit)}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &apiError{http.StatusForbidden, "insufficient-permissions", "The storage directory does not allow it: " + err.Error()}
	}
	return &apiError{http.StatusInternalServerError, "internal-server-error", err.Error()}
}

func writeError(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	var data any
	if invalid, ok := errors.AsType[*invalidItemsError](err); ok {
		data = invalid
	}
	writeJSON(w, e.status, map[string]any{"error": struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{e.kind, e.message, data}})
}

// WriteError answers in the API's error envelope.
func WriteError(w http.ResponseWriter, status int, kind, message string) {
	writeError(w, &apiError{status, kind, message})
}

func writeData(w http.ResponseWriter, status int, data any) {
	writeJSON(w, status, struct {
		Data any `json:"data"`
	}{data})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Errorf("encode an answer: %w", err)) // none of our answers can fail to encode
	}
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(status)
	// A client that has gone away is no matter of ours.
	_, _ = w.Write(text.Bytes())
}

// maxBody is the limit for bodies that describe a storage.
const maxBody = 1 << 20

// readObject decodes a request body that is a JSON object; an empty body leaves
// target alone. Unknown members are ignored.
func readObject(w http.ResponseWriter, r *http.Request, target any) error {
	body, err := readBody(w, r, maxBody)
	if err != nil {
		return err
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' {
		return &apiError{http.StatusBadRequest, "invalid-request", "The request body must be a JSON object"}
	}
	if err := json.Unmarshal(body, target); err != nil {
		return &apiError{http.StatusBadRequest, "invalid-request", "The request body is not valid: " + err.Error()}
	}
	return nil
}

// bodyError is a request body that could not be read: the sender's fault, not ours.
func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &apiError{http.StatusBadRequest, "invalid-request", "The request body could not be read: " + err.Error()}
}

// timestamp is a point in time as the API writes it: UTC, milliseconds.
type timestamp time.Time

func (t timestamp) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, timeLayout), nil
}

// timeLayout is JavaScript's toISOString.
const timeLayout = "2006-01-02T15:04:05.000Z"
