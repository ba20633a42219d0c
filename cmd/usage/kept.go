package usage

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// kept is a storage and what keeping it costs.
type kept struct {
	Kind  string  `json:"kind"`
	ID    string  `json:"id"`
	Name  *string `json:"name"`
	Bytes int64   `json:"storageBytes"`
	Holds string  `json:"holds"`

	// Of the current month; nil where nobody told what anything costs.
	Hours *float64 `json:"gigabyteHours"`
	Cost  *float64 `json:"estimatedCostUsd"`
}

const gigabyte = 1e9

// keeping is what it costs to keep a storage. Its size is taken to have been the
// present one ever since the month, or the storage, began. month may be nil.
func keeping(object storages.Object, month *api.Usage, now time.Time) kept {
	k := kept{Kind: object.Kind.String(), ID: object.Facts.ID, Bytes: object.Bytes, Holds: object.Size}
	if object.Facts.Name != "" {
		k.Name = &object.Facts.Name
	}
	if month == nil {
		return k
	}
	since := month.Cycle.Start
	if object.Facts.CreatedAt.After(since) {
		since = object.Facts.CreatedAt
	}
	k.Hours = new(float64(k.Bytes) / gigabyte * max(0, now.Sub(since).Hours()))
	k.Cost = new(*k.Hours * month.KeepingPrice(object.Kind))
	return k
}

// cost is 0 where it is not known.
func (k kept) cost() float64 {
	if k.Cost == nil {
		return 0
	}
	return *k.Cost
}

// row is a line of the list; priced tells that there are costs to show.
func (k kept) row(forPeople, priced bool) (json.RawMessage, error) {
	if !forPeople {
		return app.JSON(k)
	}
	name, size := "-", "-"
	if k.Name != nil {
		name = *k.Name
	}
	if k.Bytes > 0 {
		size = output.Bytes(k.Bytes)
	}
	cells := []app.Cell{{Name: "name", Value: name}, {Name: "id", Value: k.ID}, {Name: "kind", Value: k.Kind}, {Name: "size", Value: size}}
	if priced {
		cells = append(cells, app.Cell{Name: "cost", Value: output.Dollars(k.cost())})
	}
	holds := cmp.Or(k.Holds, "-")
	if holds == size { // a store does not say how many records it holds
		holds = "-"
	}
	return app.TableRow(append(cells, app.Cell{Name: "holds", Value: holds})), nil
}

// serviceText is a service's name for people.
func serviceText(name string) string {
	text := strings.ToLower(strings.ReplaceAll(name, "_", " "))
	return strings.Replace(text, "timed storage gbyte hours", "storage, gigabyte-hours", 1)
}
