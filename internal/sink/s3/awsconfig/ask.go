package awsconfig

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// maxAnswer bounds an answer that has credentials in it.
const maxAnswer = 1 << 20

// ask sends a request to a service that gives credentials, a few times when that may
// help, and reads the answer. request makes it, anew for each try; errorCode finds
// the service's own word in an answer that is an error.
func (l *loader) ask(ctx context.Context, request func() (*http.Request, error), read func([]byte) error, errorCode func([]byte) string) error {
	retries := l.Retries.Briefly()
	retries.Reached = new(atomic.Bool) // which is of the store
	return retries.Do(ctx, func() error {
		r, err := request()
		if err != nil {
			return &object.Error{Kind: object.Mistaken, Problem: "the address of " + service + " makes no sense", Err: err}
		}
		answer, err := l.Client.Do(r)
		if err != nil {
			return ofService(object.FromNetwork(err))
		}
		defer func() { _ = answer.Body.Close() }() // it was read
		text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		switch {
		case err != nil:
			return ofService(object.FromNetwork(err))
		case answer.StatusCode != http.StatusOK:
			return ofService(object.FromStatus(answer.StatusCode, errorCode(text), "", nil))
		}
		if err := read(text); err != nil {
			return senseless()
		}
		return nil
	})
}

// service is what errors call the one that is asked.
const service = "the service for credentials"

// ofService has an error speak of who answered, which is no store.
func ofService(e *object.Error) error {
	e.Problem = strings.ReplaceAll(e.Problem, "the store", service)
	return e
}

func senseless() error {
	return &object.Error{Kind: object.Denied, Problem: "the answer of " + service + " makes no sense"}
}
