package usage

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// rowOf is a line of the list; priced tells that there are costs to show.
func rowOf(k storages.Kept, forPeople, priced bool) (json.RawMessage, error) {
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
		cells = append(cells, app.Cell{Name: "cost", Value: output.Dollars(k.Price())})
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
