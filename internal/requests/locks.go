package requests

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
)

// Locks are who works on a queue: how many of its requests are locked, and by
// which clients. A lock that Crawlee took in a directory names none.
type Locks struct {
	Count   int64            `json:"lockedRequestCount"`
	Clients map[string]int64 `json:"lockedByClients"`
}

// FindLocks lists the locked requests of a queue.
func FindLocks(ctx context.Context, queues api.RequestQueues, ref api.Ref) (Locks, error) {
	found := Locks{Clients: map[string]int64{}}
	for raw, err := range queues.Requests(ctx, ref, api.RequestsOptions{Filter: []string{"locked"}}) {
		if err != nil {
			return found, err
		}
		var lock struct {
			Client string `json:"lockByClient"`
		}
		if err := json.Unmarshal(raw, &lock); err != nil {
			return found, err
		}
		found.Count++
		if lock.Client != "" {
			found.Clients[lock.Client]++
		}
	}
	return found, nil
}

// Holders are the clients as people read them, each with the number of its requests.
func (l Locks) Holders() string {
	var all []string
	for _, client := range slices.Sorted(maps.Keys(l.Clients)) {
		all = append(all, fmt.Sprintf("%s (%s)", client, output.Count(l.Clients[client])))
	}
	return strings.Join(all, ", ")
}
