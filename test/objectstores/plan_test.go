package objectstores

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A plan, receipts, manifest and _SUCCESS are objects, too: workers share nothing
// but the store.
func plans(t *testing.T, p program, s store) {
	account := newAccount(t, 250)
	p = p.on(t, account.URL, s.env...)
	plan, to := s.prefix+"job/plan.jsonl", s.prefix+"lake/{name}.jsonl"
	planned := func(code, shards int) {
		t.Helper()
		p.run(code, "plan", "things", "--shards", fmt.Sprint(shards), "--split-items", "100", "--to", to, "-o", plan)
	}
	work := func(shard int) string {
		t.Helper()
		return p.run(0, "datasets", "export", "--plan", plan, "--shard", fmt.Sprintf("%d/2", shard), "-o", to)
	}
	planned(0, 2)
	planned(0, 2) // the same
	planned(1, 3) // another one
	work(0)
	p.run(5, "commit", "--plan", plan)
	work(1)
	if said := work(0); !strings.Contains(said, "0 items, 0 B, ") {
		t.Errorf("a worker that starts again: %s", said)
	}
	p.run(0, "commit", "--plan", plan)
	if said := p.run(0, "commit", "--plan", plan); !strings.Contains(said, "was committed before") {
		t.Error(said)
	}
	text, _, there := s.get("job/manifest.json")
	var manifest struct {
		Files []struct{ Path string }
	}
	if err := json.Unmarshal(text, &manifest); err != nil || !there {
		t.Fatalf("manifest.json: %v, there: %v", err, there)
	}
	var items strings.Builder
	for _, file := range manifest.Files {
		part, _, there := s.get(strings.TrimPrefix(file.Path, s.prefix))
		if !there {
			t.Errorf("%s is not there", file.Path)
		}
		items.Write(part)
	}
	if items.String() != account.lines() {
		t.Errorf("%d bytes of items, want %d", items.Len(), len(account.lines()))
	}
	if _, _, there := s.get("job/_SUCCESS"); !there {
		t.Error("there is no _SUCCESS")
	}
	none(t, s)
}
