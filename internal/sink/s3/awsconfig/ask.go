package awsconfig

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// maxAnswer bounds an answer that has credentials in it.
const maxAnswer = 1 << 20

// ask sends a request to a service that gives credentials, a few times when that may
// help, and reads the answer. request makes it, anew for each try; errorCode finds
// the service's own word in an answer that is an error. What comes of it is an error
// of the service: Denied, or Busy, Silent or Failed when it could not be asked.
func (l *loader) ask(ctx context.Context, request func() (*http.Request, error), read func([]byte) error, errorCode func([]byte) string) error {
	retries := l.Retries.Briefly()
	retries.Reached = new(atomic.Bool) // which is of the store
	return retries.Do(ctx, func() error {
		r, err := request()
		if err != nil {
			return &object.Error{Kind: object.Denied, Problem: "the address of the service for credentials makes no sense", Err: err}
		}
		answer, err := l.Client.Do(r)
		if err != nil {
			return ofService(object.FromNetwork(err), r.URL.Host)
		}
		defer func() { _ = answer.Body.Close() }() // it was read
		text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		if err != nil {
			return ofService(object.FromNetwork(err), r.URL.Host)
		}
		if answer.StatusCode != http.StatusOK {
			return refused(answer.StatusCode, errorCode(text), r.URL.Host)
		}
		if err := read(text); err != nil {
			return senseless()
		}
		return nil
	})
}

// refused is an answer that is an error. Of a store it would say something about an
// object; here it says that there are no credentials.
func refused(status int, code, host string) error {
	e := object.FromStatus(status, code, "", nil)
	if e.Kind == object.Busy || slices.Contains([]string{"Throttling", "ThrottlingException", "RequestLimitExceeded", "IDPCommunicationError"}, code) {
		e.Kind, e.Problem = object.Busy, "the store cannot do it now"
		return ofService(e, host)
	}
	e.Kind, e.Problem, e.Hint = object.Denied, host+" gives no credentials", ""
	return e
}

// ofService has an error speak of who did not answer, which is no store.
func ofService(e *object.Error, host string) error {
	e.Problem = strings.ReplaceAll(e.Problem, "the store", "the service for credentials, "+host)
	return e
}

func senseless() error {
	return &object.Error{Kind: object.Denied, Problem: "the answer of the service for credentials makes no sense"}
}
