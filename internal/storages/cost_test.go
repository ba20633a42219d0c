package storages

import (
	"math"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

func monthFrom(start time.Time) *api.Usage {
	m := &api.Usage{Services: map[string]api.ServiceUsage{
		"DATASET_TIMED_STORAGE_GBYTE_HOURS":         {Quantity: 100, Base: 0.2, Discounted: new(0.1)},
		"REQUEST_QUEUE_TIMED_STORAGE_GBYTE_HOURS":   {Quantity: 50, Base: 2},
		"KEY_VALUE_STORE_TIMED_STORAGE_GBYTE_HOURS": {},
	}}
	m.Cycle.Start = start
	return m
}

func TestKeeping(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	start := now.Add(-100 * time.Hour)
	for name, test := range map[string]struct {
		kind        api.Kind
		bytes       int64
		created     time.Time
		hours, cost float64
	}{
		"older than the month":      {api.KindDataset, 2e9, start.AddDate(-1, 0, 0), 200, 0.2},
		"made within the month":     {api.KindDataset, 2e9, now.Add(-10 * time.Hour), 20, 0.02},
		"dearer by kind":            {api.KindRequestQueue, 2e9, now.Add(-10 * time.Hour), 20, 0.8},
		"of a kind without a price": {api.KindKeyValueStore, 2e9, start, 200, 0},
		"empty":                     {api.KindDataset, 0, start, 0, 0},
		"made by a clock ahead":     {api.KindDataset, 2e9, now.Add(time.Hour), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := Keeping(Object{Kind: test.kind, Bytes: test.bytes, Facts: &api.Storage{ID: "a", CreatedAt: test.created}}, monthFrom(start), now)
			if math.Abs(*k.Hours-test.hours) > 1e-9 || math.Abs(*k.Cost-test.cost) > 1e-9 {
				t.Errorf("%v gigabyte-hours for $%v, want %v for $%v", *k.Hours, *k.Cost, test.hours, test.cost)
			}
		})
	}
	if k := Keeping(Object{Facts: &api.Storage{}}, nil, now); k.Cost != nil || k.Hours != nil {
		t.Errorf("a directory costs %v", k.Cost)
	}
}
