package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
)

const (
	// sendTries is how often what the server leaves unprocessed is sent again.
	sendTries = 6
	sendWait  = 500 * time.Millisecond
)

// AddBatch adds up to api.MaxBatchRequests requests, and sends again what the
// server leaves out for now. took gets what became of the others, a part of them
// at a time.
func AddBatch(ctx context.Context, queues api.RequestQueues, ref api.Ref, batch []json.RawMessage, forefront bool, took func([]api.Added)) error {
	wait := sendWait
	for try := 1; ; try++ {
		processed, unprocessed, err := queues.AddRequests(ctx, ref, batch, forefront)
		if err != nil {
			return err
		}
		took(processed)
		if len(unprocessed) == 0 {
			return nil
		}
		if try == sendTries {
			return fmt.Errorf("the server left %s unprocessed, after %d tries", output.Plural(int64(len(unprocessed)), "request", "requests"), try)
		}
		if batch, err = remaining(batch, unprocessed); err != nil {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait *= 2
	}
}

// remaining is the requests with those unique keys.
func remaining(batch []json.RawMessage, uniqueKeys []string) ([]json.RawMessage, error) {
	left := map[string]int{}
	for _, key := range uniqueKeys {
		left[key]++
	}
	var again []json.RawMessage
	for _, raw := range batch {
		var r requestFacts
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, err
		}
		if left[r.UniqueKey] > 0 {
			left[r.UniqueKey]--
			again = append(again, raw)
		}
	}
	return again, nil
}
