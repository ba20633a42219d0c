package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// MaxPushBytes is the API's limit for one push, before compression.
const MaxPushBytes = 9_437_184

// Push appends items, a JSON array or one object of at most MaxPushBytes: all of
// them or none. It is repeated only when the server certainly stored nothing;
// otherwise the error is ErrOutcomeUnknown and the items may be stored.
func (d Datasets) Push(ctx context.Context, ref Ref, items []byte) error {
	if err := checkPushed(items); err != nil {
		return err
	}
	_, err := resolve(d.client, ref, d.kind, func(path string) (*response, error) {
		r := request{
			method:      http.MethodPost,
			path:        path + "/items",
			query:       ref.query,
			body:        items,
			storage:     path,
			class:       limitPush,
			once:        true,
			statusIsAll: true,
			check:       checkStored,
		}
		return d.client.send(ctx, attempt{request: &r})
	})
	return err
}

func checkPushed(items []byte) error {
	if len(items) > MaxPushBytes {
		return fmt.Errorf("%d bytes of items are more than the %d that go in one push", len(items), MaxPushBytes)
	}
	value, rest, err := rawjson.Next(items)
	switch {
	case err != nil:
		return fmt.Errorf("the items to push: %w", err)
	case len(value) == 0 || value[0] != '[' && value[0] != '{':
		return errors.New("the items to push are neither a JSON array nor an object")
	case len(bytes.TrimSpace(rest)) > 0:
		return errors.New("the items to push are more than one JSON value")
	}
	return nil
}

// checkStored takes the API's 201 with an object that is no error, or without a
// body, or with one that was cut off. A proxy may answer 200 to anything.
func checkStored(answer *response) error {
	if err := wantStatus(answer, http.StatusCreated); err != nil {
		return err
	}
	body := bytes.TrimSpace(answer.body)
	if len(body) > 0 && body[0] != '{' {
		return contradicts("%s instead of a confirmation", describeBody(body))
	}
	for member, err := range rawjson.Members(body) {
		if err != nil {
			break // the status says it all
		}
		if member.Name() == "error" {
			return contradicts("an error in an answer that says %d", answer.status)
		}
	}
	return nil
}

// checkDeleted takes the API's 204, which has no body.
func checkDeleted(answer *response) error { return wantStatus(answer, http.StatusNoContent) }

func wantStatus(answer *response, status int) error {
	if answer.status == status {
		return nil
	}
	return contradicts("%s with %d instead of a confirmation with %d", describeBody(answer.body), answer.status, status)
}
