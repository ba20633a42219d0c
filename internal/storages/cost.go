package storages

import (
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

// Kept is a storage and what keeping it costs.
type Kept struct {
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

// Keeping is what it costs to keep a storage. Its size is taken to have been the
// present one ever since the month, or the storage, began. month may be nil.
func Keeping(object Object, month *api.Usage, now time.Time) Kept {
	k := Kept{Kind: object.Kind.String(), ID: object.Facts.ID, Bytes: object.Bytes, Holds: object.Size}
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

// Price is the cost, 0 where it is not known.
func (k Kept) Price() float64 {
	if k.Cost == nil {
		return 0
	}
	return *k.Cost
}
