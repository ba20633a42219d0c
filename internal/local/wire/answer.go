// Package wire is the form of requests and answers: the envelope, errors, query
// parameters, bodies and times.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
	"unicode/utf8"
)

// Error is an answer in the API's error envelope.
type Error struct {
	Status  int
	Kind    string // the envelope's type
	Message string
	Data    any // what a program is told besides; nil: nothing
}

// NewError makes an answer of a status, a type and a message.
func NewError(status int, kind, message string) *Error {
	return &Error{Status: status, Kind: kind, Message: message}
}

func (e *Error) Error() string { return e.Message }

// InvalidValue is an answer of status 400 to a value that is wrong.
func InvalidValue(format string, args ...any) error {
	return NewError(http.StatusBadRequest, "invalid-value", fmt.Sprintf(format, args...))
}

// NotOffered is what the API has and a storage directory has not; instead says
// what to do. Clients try every 5xx again for minutes, and take the types that
// the API has for 404 as an answer.
func NotOffered(status int, what, instead string) error {
	return NewError(status, "not-offered-locally", what+" is not there in a local storage directory: "+instead)
}

// asAPIError turns what went wrong into an answer.
func asAPIError(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return NewError(http.StatusRequestEntityTooLarge, "request-too-large", fmt.Sprintf("The request body is larger than %d bytes", tooLarge.Limit))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return NewError(http.StatusForbidden, "insufficient-permissions", "The storage directory does not allow it: "+err.Error())
	}
	return NewError(http.StatusInternalServerError, "internal-server-error", err.Error())
}

// WriteError answers in the API's error envelope.
func WriteError(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	WriteJSON(w, e.Status, map[string]any{"error": struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{e.Kind, e.Message, e.Data}})
}

// WriteData answers with data in the API's envelope.
func WriteData(w http.ResponseWriter, status int, data any) {
	WriteJSON(w, status, struct {
		Data any `json:"data"`
	}{data})
}

// WriteJSON answers with a body as it is.
func WriteJSON(w http.ResponseWriter, status int, body any) {
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

// ReadObject decodes a request body that is a JSON object; an empty body leaves
// target alone. Unknown members are ignored.
func ReadObject(w http.ResponseWriter, r *http.Request, target any) error {
	body, err := ReadBody(w, r, maxBody)
	if err != nil {
		return err
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' {
		return NewError(http.StatusBadRequest, "invalid-request", "The request body must be a JSON object")
	}
	if err := json.Unmarshal(body, target); err != nil {
		return NewError(http.StatusBadRequest, "invalid-request", "The request body is not valid: "+err.Error())
	}
	return nil
}

// BodyError is a request body that could not be read: the sender's fault, not ours.
func BodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return NewError(http.StatusRequestTimeout, "request-timeout", "The request body took too long to come")
	}
	return NewError(http.StatusBadRequest, "invalid-request", "The request body could not be read: "+err.Error())
}

// Time is a point in time as the API writes it: UTC, milliseconds.
type Time time.Time

// MarshalText writes the time in UTC, with milliseconds.
func (t Time) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, TimeLayout), nil
}

// TimeLayout is JavaScript's toISOString.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// IsNotFound tells an answer of status 404.
func IsNotFound(err error) bool {
	known, ok := errors.AsType[*Error](err)
	return ok && known.Status == http.StatusNotFound
}

// Clipped keeps a message about somebody's text short.
func Clipped(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
