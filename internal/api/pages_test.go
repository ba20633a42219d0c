package api

import (
	"encoding/json"
	"testing"
)

// A list's page is held against its own numbers; a limit of 0 says nothing.
func TestOffsetPages(t *testing.T) {
	entries := func(n int) []json.RawMessage { return make([]json.RawMessage, n) }
	for name, test := range map[string]struct {
		page    string
		count   int
		fails   bool
		offset  int64 // of the next page
		another bool
	}{
		"a full one":                           {`{"total":30,"offset":10,"limit":5}`, 5, false, 15, true},
		"the server's limit is smaller":        {`{"total":30,"offset":10,"limit":3}`, 3, false, 13, true},
		"one entry is missing":                 {`{"total":30,"offset":10,"limit":5}`, 4, true, 15, true},
		"one is missing, with a limit of 0":    {`{"total":30,"offset":10,"limit":0}`, 4, true, 15, true},
		"the last":                             {`{"total":12,"offset":10,"limit":5}`, 2, false, 15, false},
		"to the total":                         {`{"total":15,"offset":10,"limit":5}`, 5, false, 15, false},
		"full, and beyond a total that is old": {`{"total":12,"offset":10,"limit":5}`, 5, false, 15, true},
		"beyond the total, not full":           {`{"total":12,"offset":10,"limit":5}`, 4, false, 15, false},
		"nothing":                              {`{"total":10,"offset":10,"limit":5}`, 0, false, 15, false},
		"no total":                             {`{"offset":10,"limit":5}`, 2, false, 15, true},
		"another page":                         {`{"total":30,"offset":0,"limit":5}`, 5, true, 15, true},
	} {
		p := &offsetPaging{offset: 10}
		if err := p.check([]byte(test.page), 5, entries(test.count)); (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
		another, err := p.advance([]byte(test.page), 5, test.count)
		if err != nil || another != test.another || p.offset != test.offset {
			t.Errorf("%s: goes on at %d: %t, %v; want %d: %t", name, p.offset, another, err, test.offset, test.another)
		}
	}
}

func TestKeysComeInOrder(t *testing.T) {
	for name, test := range map[string]struct {
		keys  string
		fails bool
	}{
		"in order":         {`[{"key":"b"},{"key":"c"}]`, false},
		"one twice":        {`[{"key":"b"},{"key":"b"}]`, true},
		"the last of then": {`[{"key":"a"},{"key":"b"}]`, true},
		"out of order":     {`[{"key":"c"},{"key":"b"}]`, true},
	} {
		var items []json.RawMessage
		if err := json.Unmarshal([]byte(test.keys), &items); err != nil {
			t.Fatal(err)
		}
		if err := (&keyPaging{after: "a"}).check(nil, 5, items); (err != nil) != test.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}
