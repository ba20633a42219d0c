package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rowschema"
)

// locks is who works on a queue: how many of its requests are locked, and by
// which clients. A lock that Crawlee took in a directory names none.
type locks struct {
	Count   int64            `json:"lockedRequestCount"`
	Clients map[string]int64 `json:"lockedByClients"`
}

// lockedQueue is what programs get of a queue: the API's members and those of locks.
func lockedQueue() any {
	return rowschema.FromAPI{Type: struct {
		api.RequestQueue
		locks
	}{}, ID: "id"}
}

func findLocks(ctx context.Context, queues api.RequestQueues, ref api.Ref) (locks, error) {
	found := locks{Clients: map[string]int64{}}
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

func (l locks) holders() string {
	var all []string
	for _, client := range slices.Sorted(maps.Keys(l.Clients)) {
		all = append(all, fmt.Sprintf("%s (%s)", client, output.Count(l.Clients[client])))
	}
	return strings.Join(all, ", ")
}

// showQueue shows a queue's facts with its locks: programs get them as two members
// more than the API's.
func showQueue(ctx context.Context, s *verb.Scope, kind storage.Resource[api.RequestQueue]) error {
	queue, err := s.Client.RequestQueues().Get(ctx, s.Ref)
	if err != nil {
		return s.Failed(err)
	}
	found, err := findLocks(ctx, s.Client.RequestQueues(), s.Ref)
	if err != nil {
		return s.Failed(err)
	}
	if !s.Printer.ForPeople() {
		members, err := json.Marshal(found)
		if err != nil {
			return err
		}
		object := slices.Concat(queue.Raw[:len(queue.Raw)-1], []byte{','}, members[1:])
		return s.Printer.One(ctx, object)
	}
	card, err := kind.Card(ctx, s.Client, s.Printer, queue)
	if err != nil {
		return err
	}
	several := "no"
	if queue.HadMultipleClients {
		several = "yes"
	}
	card = append(card, app.Cell{Name: "locked", Value: output.Count(found.Count)})
	if len(found.Clients) > 0 {
		card = append(card, app.Cell{Name: "locked by", Value: found.holders()})
	}
	return s.Printer.Card(ctx, append(card, app.Cell{Name: "several clients", Value: several}))
}
