package api

import (
	"context"
	"slices"
)

// RunEnded tells whether a run has come to its end, good or bad. What it has
// stored by then is all that it stores.
func (c *Client) RunEnded(ctx context.Context, id string) (bool, error) {
	run, err := c.Run(ctx, id)
	if err != nil {
		return false, err
	}
	return slices.Contains([]string{"SUCCEEDED", "FAILED", "ABORTED", "TIMED-OUT"}, run.Status), nil
}
