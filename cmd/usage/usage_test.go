package usage

import (
	"slices"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

func month(start time.Time) *api.Usage {
	m := &api.Usage{Services: map[string]api.ServiceUsage{
		"ACTOR_COMPUTE_UNITS":                       {Quantity: 3, Base: 1.2},
		"DATASET_READS":                             {Quantity: 1000, Base: 0.004},
		"DATASET_TIMED_STORAGE_GBYTE_HOURS":         {Quantity: 100, Base: 0.2, Discounted: new(0.1)},
		"REQUEST_QUEUE_TIMED_STORAGE_GBYTE_HOURS":   {Quantity: 50, Base: 2},
		"KEY_VALUE_STORE_TIMED_STORAGE_GBYTE_HOURS": {},
	}}
	m.Cycle.Start = start
	return m
}

func TestBill(t *testing.T) {
	limits := &api.Limits{}
	limits.Limits.MonthlyUsageUSD, limits.Current.MonthlyUsageUSD = 49, 12.3
	m := month(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	services := []string{"  $2.00  request queue storage, gigabyte-hours", "  $0.10  dataset storage, gigabyte-hours", "  <$0.01  dataset reads"}
	for name, test := range map[string]struct {
		limits *api.Limits
		first  string
	}{
		"with limits":               {limits, "storages have cost $2.10 since 2026-11-01; with all else the account has used $12.30 of its $49.00"},
		"without limits":            {&api.Limits{}, "storages have cost $2.10 since 2026-11-01"},
		"limits that are not shown": {nil, "storages have cost $2.10 since 2026-11-01"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := bill(m, test.limits), append([]string{test.first}, services...); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}
