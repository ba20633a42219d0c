package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// ErrOutcomeUnknown means that a request which must not be repeated blindly may
// or may not have been carried out.
var ErrOutcomeUnknown = errors.New("it is unknown whether the server carried the request out")

// maxMessage is how much of a server's message an error shows, in bytes.
const maxMessage = 500

// Error is an answer of the API that says no.
type Error struct {
	Status     int
	Type       string // of the API's error, like "record-not-found"; "" if the answer was not the API's
	Message    string // of the API, shortened; never a whole page
	Method     string
	Path       string          // with /v2, without the query
	RetryAfter time.Duration   // what the answer asked for; 0 if it did not
	Data       json.RawMessage // the error's data member, like the list of invalid items; nil if there is none
}

// byAPI tells that the API itself says so, in its own form, and not a gateway on
// the way to it. The answer to a HEAD has no form.
func (e *Error) byAPI() bool { return e.Type != "" }

func (e *Error) Error() string {
	what := fmt.Sprint(e.Status)
	if e.Type != "" {
		what += " " + e.Type
	}
	return strings.TrimRight(e.Message, ". \n") + " (" + what + ")"
}

// IsNotFound reports whether the API answered 404. A storage that is hidden
// from a caller without a token answers 404 too. The 404 of somebody else, such as
// a proxy, says nothing about what there is.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && (e.byAPI() || e.Method == http.MethodHead)
}

// IsUnauthorized reports whether the API answered 401: no token, or a wrong one.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsForbidden reports whether the API answered 403: the token does not allow it.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

func hasStatus(err error, status int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == status
}

// transportError is a try that ended without a complete answer.
type transportError struct {
	err   error
	acted bool // the server may have carried the request out
}

func (e *transportError) Error() string { return e.err.Error() }
func (e *transportError) Unwrap() error { return e.err }

// answerError is a good status with a body that is not what was promised.
type answerError struct{ err error }

func (e *answerError) Error() string { return "unexpected answer: " + e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

// contradiction is what an answer says against itself, or against what the server
// said before: a body that does not belong to its headers. A proxy or a cache may
// have mixed it up, so it is worth another try.
type contradiction struct{ what string }

func (e *contradiction) Error() string { return e.what }

func contradicts(format string, args ...any) error {
	return &contradiction{what: fmt.Sprintf(format, args...)}
}

// checked turns statuses and bodies into errors.
func checked(next handler) handler {
	return func(ctx context.Context, a attempt) (*response, error) {
		answer, err := next(ctx, a)
		if err != nil {
			return answer, err
		}
		if answer.status < 200 || answer.status > 299 {
			return answer, newError(answer, a.request)
		}
		if a.unpack != nil {
			if err := a.unpack(ctx, answer); err != nil {
				return answer, err
			}
		}
		if a.check != nil {
			if err := a.check(answer); err != nil {
				return answer, &answerError{err: err}
			}
		}
		return answer, nil
	}
}

func newError(answer *response, r *request) *Error {
	e := &Error{
		Status:     answer.status,
		Method:     r.method,
		Path:       "/v2" + r.path,
		RetryAfter: retryAfter(answer.header, time.Now()),
	}
	var body struct {
		Error struct {
			Type    string          `json:"type"`
			Message string          `json:"message"`
			Data    json.RawMessage `json:"data"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer.body, &body); err == nil {
		e.Type = shorten(body.Error.Type, 100)
		e.Message = shorten(body.Error.Message, maxMessage)
		e.Data = body.Error.Data
	}
	if e.Message == "" {
		e.Message = describeStatus(answer)
	}
	return e
}

func describeStatus(answer *response) string {
	text := strings.ToLower(http.StatusText(answer.status))
	if text == "" {
		text = "unknown status"
	}
	switch {
	case answer.status < 400 && answer.header.Get("Location") != "":
		return text + ": the server redirects to " + shorten(redactURLText(answer.header.Get("Location")), 200)
	case len(bytes.TrimSpace(answer.body)) == 0:
		return text
	}
	return text + ", with " + describeBody(answer.body) + " instead of the API's own message"
}

// describeBody says in two words what a body looks like.
func describeBody(body []byte) string {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return "an empty answer"
	}
	switch body[0] {
	case '<':
		head := strings.ToLower(string(body[:min(len(body), 200)]))
		if strings.Contains(head, "<html") || strings.Contains(head, "<!doctype html") {
			return "an HTML page"
		}
		return "markup"
	case '{':
		return "a JSON object"
	case '[':
		return "a JSON array"
	}
	return "text"
}

// shorten cuts text to at most limit bytes, at a character's edge.
func shorten(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "…"
}

// envelopeData returns the data member of an answer.
func envelopeData(body []byte) ([]byte, error) {
	var data []byte
	for member, err := range rawjson.Members(body) {
		if err != nil {
			return nil, notWhatWasWanted(body, '{', err)
		}
		if member.Name() == "data" {
			data = member.Value
		}
	}
	if data == nil || string(data) == "null" {
		return nil, errors.New("a JSON object without data")
	}
	return data, nil
}

// notWhatWasWanted explains err, which stopped the reading of an object or array.
func notWhatWasWanted(body []byte, open byte, err error) error {
	wanted := "a JSON object"
	if open == '[' {
		wanted = "a JSON array"
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] != open {
		return fmt.Errorf("%s instead of %s", describeBody(body), wanted)
	}
	return fmt.Errorf("%s that is broken: %w", wanted, err)
}
