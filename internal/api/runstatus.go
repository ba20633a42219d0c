package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
)

// RunEnded tells whether a run has come to its end, good or bad. What it has
// stored by then is all that it stores.
func (c *Client) RunEnded(ctx context.Context, id string) (bool, error) {
	path := "/actor-runs/" + url.PathEscape(id)
	data, _, err := c.decode(ctx, request{method: http.MethodGet, path: path, storage: path})
	if err != nil {
		return false, err
	}
	var run struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(data, &run); err != nil {
		return false, &answerError{err: err}
	}
	return slices.Contains([]string{"SUCCEEDED", "FAILED", "ABORTED", "TIMED-OUT"}, run.Status), nil
}
