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
	_, err := resolve(ref, d.kind, func(path string) (*response, error) {
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

// checkStored takes the API's 201. Another good status counts only without a
// page in it, such as a proxy's log-in page, which stores nothing.
func checkStored(answer *response) error {
	if answer.status == http.StatusCreated {
		return nil
	}
	if body := bytes.TrimSpace(answer.body); len(body) > 0 && body[0] != '{' {
		return fmt.Errorf("%s instead of a confirmation", describeBody(body))
	}
	return nil
}
