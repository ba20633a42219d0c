package transfer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// draft is a request as it is added: without its ID, which follows from its
// unique key, and without its lock.
func draft(raw json.RawMessage) (json.RawMessage, error) {
	out, err := rawjson.Edit(raw, func(m rawjson.Member) ([]byte, error) {
		switch m.Name() {
		case "id", "lockExpiresAt", "lockByClient":
			return nil, nil
		}
		return m.Value, nil
	})
	if err != nil {
		return nil, err
	}
	if len(out)+len("[]") > api.MaxBatchBytes {
		return nil, fmt.Errorf("a request of %s; %s is the most", output.Bytes(int64(len(out))), output.Bytes(api.MaxBatchBytes))
	}
	return out, nil
}

// send adds a batch, of requests that all are pending or all were handled.
func (c *queueCopy) send(ctx context.Context, requests []json.RawMessage) error {
	if len(requests) == 0 {
		return nil
	}
	var answered []api.Added
	err := AddBatch(ctx, c.queues, c.Destination.Ref, requests, false, func(some []api.Added) {
		answered = append(answered, some...)
		for _, each := range some {
			if !each.WasAlreadyPresent {
				c.added.Add(1)
			}
		}
		c.Progress.Add(int64(len(some)), 0)
	})
	if err == nil {
		err = c.settle(ctx, requests, answered)
	}
	return c.failed(c.Destination, err)
}

// settle sees to it that requests that were handled count as handled in the
// destination: those that an interrupted copy left pending, and all of them where
// the server takes added requests for pending ones whatever they say.
func (c *queueCopy) settle(ctx context.Context, requests []json.RawMessage, answered []api.Added) error {
	handled := map[string]json.RawMessage{}
	for _, raw := range requests {
		r, err := readRequest(raw)
		if err != nil {
			return err
		}
		if r.HandledAt != "" {
			handled[r.UniqueKey] = raw
		}
	}
	for _, each := range answered {
		raw := handled[each.UniqueKey]
		if raw == nil {
			continue
		}
		settled := each.WasAlreadyHandled || !c.Resume
		if !each.WasAlreadyPresent {
			var err error
			if settled, err = c.keepsState(ctx, each.RequestID); err != nil {
				return err
			}
		}
		if settled {
			continue
		}
		id, err := json.Marshal(each.RequestID)
		if err != nil {
			return err
		}
		whole := fmt.Appendf(nil, `{"id":%s,%s`, id, raw[1:])
		if err := c.queues.UpdateRequest(ctx, c.Destination.Ref, each.RequestID, whole, false); err != nil {
			return err
		}
	}
	return nil
}

// keepsState looks once whether a request that was added as handled is handled.
func (c *queueCopy) keepsState(ctx context.Context, id string) (bool, error) {
	c.looking.Lock()
	defer c.looking.Unlock()
	if c.looked {
		return c.keeps, nil
	}
	raw, err := c.queues.Request(ctx, c.Destination.Ref, id)
	if err != nil {
		return false, err
	}
	r, err := readRequest(raw)
	c.looked, c.keeps = err == nil, r.HandledAt != ""
	return c.keeps, err
}
