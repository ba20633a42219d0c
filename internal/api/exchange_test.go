package api

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A status of 300 is an error as those above it are, with what the API says.
func TestStatus300(t *testing.T) {
	client := newTestClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusMultipleChoices, "several")
	}))
	_, get := client.Datasets().Get(t.Context(), mustRef(t, testID))
	_, items := collect(t, client, mustRef(t, testID), ItemsOptions{})
	_, _, record := read(t, client, "key")
	for name, err := range map[string]error{"a storage": get, "items": items, "a record": record} {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Status != http.StatusMultipleChoices || e.Type != "several" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An answer may be as large as its bound, and no larger, however it comes.
func TestBoundOfAnAnswer(t *testing.T) {
	const bound = 1000
	for name, test := range map[string]struct {
		size, status int
		fails        bool
	}{
		"at the bound":             {bound, http.StatusOK, false},
		"above it":                 {bound + 1, http.StatusOK, true},
		"an error at its bound":    {maxErrorBody, http.StatusBadRequest, false},
		"an error above its bound": {maxErrorBody + 1, http.StatusBadRequest, true},
		"300 above its bound":      {maxErrorBody + 1, http.StatusMultipleChoices, true},
	} {
		for _, length := range []int64{int64(test.size), -1} {
			res := &http.Response{StatusCode: test.status, ContentLength: length, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", test.size)))}
			maxBytes := bound
			if test.status >= 300 {
				maxBytes = 2 * maxErrorBody
			}
			body, err := readBody(res, &request{maxBytes: maxBytes})
			if errors.Is(err, errTooLarge) != test.fails || !test.fails && len(body) != test.size {
				t.Errorf("%s, length %d: %d bytes, %v", name, length, len(body), err)
			}
		}
	}
	for _, encoding := range []string{"gzip", "br"} {
		text := strings.Repeat("x", bound)
		packed := encoded(t, encoding, []byte(text))
		for limit, fails := range map[int]bool{bound - 1: true, bound: false, bound + 1: false, 1: true} {
			answer := &response{header: http.Header{"Content-Encoding": {encoding}}, body: packed}
			err := unpack(answer, &memory{}, limit)
			if errors.Is(err, errTooLarge) != fails || !fails && string(answer.body) != text || len(answer.body) > limit {
				t.Errorf("%s, %d bytes at most: %d bytes, %v", encoding, limit, len(answer.body), err)
			}
		}
	}
}

// A server that was never reached has done nothing; one of which nothing is
// known may have.
func TestMayHaveActed(t *testing.T) {
	var silent sendProgress
	for op, want := range map[string]bool{"dial": false, "read": true, "write": true} {
		if got := silent.mayHaveActed(&net.OpError{Op: op, Err: io.ErrUnexpectedEOF}); got != want {
			t.Errorf("%s: %t, want %t", op, got, want)
		}
	}
	var told sendProgress
	trace := told.trace()
	trace.GetConn("")
	if told.mayHaveActed(io.ErrUnexpectedEOF) {
		t.Error("nothing was written, and it may have acted")
	}
	trace.WroteHeaders()
	if !told.mayHaveActed(io.ErrUnexpectedEOF) {
		t.Error("the headers were written, and it has not acted")
	}
}
