package storage

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rowschema"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// none stands where a table for people has nothing to say.
const none = "-"

// show prints one storage: all of the API's members for programs, the facts
// that matter for people.
func (r Resource[T]) show(ctx context.Context, client *api.Client, printer *app.Printer, object *T) error {
	if !printer.ForPeople() {
		return printer.One(ctx, r.Facts(object).Raw)
	}
	facts, err := r.Card(ctx, client, printer, object)
	if err != nil {
		return err
	}
	return printer.Card(ctx, facts)
}

// RowType is what programs get of a storage.
func (r Resource[T]) RowType() any { return rowschema.FromAPI{Type: *new(T), ID: "id"} }

// row is a storage as a line of a list for people.
func (r Resource[T]) row(ctx context.Context, printer *app.Printer, expiry *storages.Expiry, object *T) ([]app.Cell, error) {
	storage := r.Facts(object)
	expires, err := expiryCell(ctx, printer, expiry, storage)
	if err != nil {
		return nil, err
	}
	row := []app.Cell{
		{Name: "name", Value: cmp.Or(storage.Name, none)},
		{Name: "id", Value: storage.ID},
	}
	for _, column := range r.Columns {
		row = append(row, app.Cell{Name: column.Name, Value: column.Value(object)})
	}
	return append(row,
		app.Cell{Name: "size", Value: bytesCell(r.Bytes(object))},
		app.Cell{Name: "modified", Value: moment(printer, storage.ModifiedAt)},
		app.Cell{Name: "access", Value: accessName(storage.GeneralAccess)},
		app.Cell{Name: "run", Value: cmp.Or(storage.ActRunID, none)},
		app.Cell{Name: "expires", Value: expires},
	), nil
}

// bytesCell is empty where the API does not tell, as for local stores.
func bytesCell(size int64) string {
	if size == 0 {
		return none
	}
	return output.Bytes(size)
}

// Card is a storage as people see it by itself, in the order in which it is shown.
func (r Resource[T]) Card(ctx context.Context, client *api.Client, printer *app.Printer, object *T) ([]app.Cell, error) {
	storage := r.Facts(object)
	cells, err := r.row(ctx, printer, storages.NewExpiry(client), object)
	if err != nil {
		return nil, err
	}
	for _, more := range []app.Cell{
		{Name: "created", Value: moment(printer, storage.CreatedAt)},
		{Name: "accessed", Value: moment(printer, storage.AccessedAt)},
		{Name: "owner", Value: cmp.Or(storage.Username, storage.UserID)},
		{Name: "actor", Value: storage.ActID},
		{Name: "console", Value: storage.ConsoleURL},
	} {
		if more.Value != "" && !strings.HasPrefix(more.Value, app.LocalURL) {
			cells = append(cells, more)
		}
	}
	return cells, nil
}

// moment is relative where a person looks on, and exact everywhere else.
func moment(printer *app.Printer, t time.Time) string {
	switch {
	case t.IsZero():
		return none
	case printer.OnTerminal():
		return output.RelativeTime(t, time.Now())
	}
	return api.FormatTime(t)
}

// expiryCell is the expiry as people read it. A computed one has a ~ in front.
func expiryCell(ctx context.Context, printer *app.Printer, expiry *storages.Expiry, storage *api.Storage) (string, error) {
	at, computed, err := expiry.At(ctx, storage)
	switch {
	case err != nil:
		return "", err
	case computed:
		return "~" + moment(printer, at), nil
	}
	return moment(printer, at), nil
}
