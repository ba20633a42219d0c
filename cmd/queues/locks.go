package queues

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/requests"
	"github.com/apifyctl/apifyctl/internal/rowschema"
)

// lockedQueue is what programs get of a queue: the API's members and those of its locks.
func lockedQueue() any {
	return rowschema.FromAPI{Type: struct {
		api.RequestQueue
		requests.Locks
	}{}, ID: "id"}
}

// showQueue shows a queue's facts with its locks: programs get them as two members
// more than the API's.
func showQueue(ctx context.Context, s *verb.Scope, kind storage.Resource[api.RequestQueue]) error {
	queue, err := s.Client.RequestQueues().Get(ctx, s.Ref)
	if err != nil {
		return s.Failed(err)
	}
	found, err := requests.FindLocks(ctx, s.Client.RequestQueues(), s.Ref)
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
		card = append(card, app.Cell{Name: "locked by", Value: found.Holders()})
	}
	return s.Printer.Card(ctx, append(card, app.Cell{Name: "several clients", Value: several}))
}
