package storages

import (
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

func TestMatches(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	shoes := api.Storage{ID: "a", Name: "Shoes-2026", ActID: "actor", ActRunID: "run", ModifiedAt: now.Add(-48 * time.Hour)}
	unnamed := api.Storage{ID: "b", ModifiedAt: now.Add(-time.Hour)}
	day := 24 * time.Hour
	for name, test := range map[string]struct {
		selection Selection
		storage   api.Storage
		want      bool
	}{
		"everything":                   {Selection{}, shoes, true},
		"a name, whatever its case":    {Selection{Name: "shoes-*"}, shoes, true},
		"another name":                 {Selection{Name: "boots-*"}, shoes, false},
		"a name, of one that has none": {Selection{Name: "*s*"}, unnamed, false},
		"unnamed, and it has a name":   {Selection{Unnamed: true}, shoes, false},
		"unnamed":                      {Selection{Unnamed: true}, unnamed, true},
		"of a run":                     {Selection{Run: "run"}, shoes, true},
		"of another run":               {Selection{Run: "other"}, shoes, false},
		"of an Actor":                  {Selection{Actor: "actor"}, shoes, true},
		"of another Actor":             {Selection{Actor: "actor"}, unnamed, false},
		"older than a day":             {Selection{OlderThan: day}, shoes, true},
		"not older than a day":         {Selection{OlderThan: day}, unnamed, false},
		"newer than a day":             {Selection{NewerThan: day}, unnamed, true},
		"not newer than a day":         {Selection{NewerThan: day}, shoes, false},
		"all of it must hold":          {Selection{Name: "shoes*", NewerThan: day}, shoes, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.selection.Matches(&test.storage, now); got != test.want {
				t.Errorf("%+v takes %+v: %v, want %v", test.selection, test.storage, got, test.want)
			}
		})
	}
}

func TestCheckSelection(t *testing.T) {
	for name, bad := range map[string]Selection{
		"a pattern that is none":        {Name: "[a"},
		"unnamed ones and all":          {Unnamed: true, All: true},
		"unnamed ones of a name":        {Unnamed: true, Name: "a"},
		"what is owned and what is not": {Owned: true, Shared: true},
		"named ones do not expire":      {Expiring: time.Hour, Name: "a"},
		"an Actor's name without owner": {Actor: "web scraper"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := bad.Check(); err == nil {
				t.Errorf("%+v is taken", bad)
			}
		})
	}
	good := Selection{Name: "shop-*", Owned: true, Actor: "apify/web-scraper", OlderThan: time.Hour}
	if err := good.Check(); err != nil || !good.Given() || (Selection{}).Given() {
		t.Errorf("%+v: %v, given %v", good, err, good.Given())
	}
}

func TestSorted(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	dataset := func(name string, age time.Duration, items, size int64) *api.Dataset {
		d := &api.Dataset{Storage: api.Storage{Name: name, ModifiedAt: now.Add(-age)}, ItemCount: items}
		d.Stats.StorageBytes = size
		return d
	}
	all := []*api.Dataset{dataset("b", 3, 1, 20), dataset("A", 2, 3, 10), dataset("c", 1, 2, 30)}
	for order, want := range map[string]string{"name": "Abc", "modified": "cAb", "size": "cbA", "items": "Acb"} {
		t.Run(order, func(t *testing.T) {
			got := ""
			for d, err := range Datasets().Sorted(func(yield func(*api.Dataset, error) bool) {
				for _, d := range all {
					if !yield(d, nil) {
						return
					}
				}
			}, order) {
				if err != nil {
					t.Fatal(err)
				}
				got += d.Name
			}
			if got != want {
				t.Errorf("by %s: %s, want %s", order, got, want)
			}
		})
	}
}
