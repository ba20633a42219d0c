package keep

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/storages"
)

func one(kind api.Kind, id, actor string) *Candidate {
	return &Candidate{Actor: actor, Object: storages.Object{Kind: kind, Facts: &api.Storage{
		ID: id, ActRunID: "runOfIt", CreatedAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
	}}}
}

func TestTemplate(t *testing.T) {
	long := strings.Repeat("x", 80)
	for _, test := range []struct{ text, actor, want string }{
		{"{actor}-{date}", "web-scraper", "web-scraper-2026-03-04"},
		{"{actor}-{date}", "", "dataset-2026-03-04"},
		{"{actor}", "a.b_c d", "a-b-c-d"},
		{"{actor}", "--", "theID"},
		{"-{actor}-", "x", "x"},
		{"{actor}-{time}-{kind}-{run}-{id}", "x", "x-050607-dataset-runOfIt-theID"},
		{"{actor}", long, long[:63]},
		{"{actor}-{date}", long[:62], long[:62]}, // no hyphen at the end
		{"fixed", "x", "fixed"},
	} {
		parsed, err := ParseTemplate(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		got := parsed.name(one(api.KindDataset, "theID", test.actor))
		if got != test.want || api.ValidName(got) != nil {
			t.Errorf("%s of %q: %s, want %s", test.text, test.actor, got, test.want)
		}
	}
	for _, text := range []string{"", " ", "{", "{actor", "{nobody}", "a b", "a_b", "{actor}}", "é"} {
		if _, err := ParseTemplate(text); err == nil {
			t.Errorf("%q is a template", text)
		}
	}
}

func FuzzTemplateName(f *testing.F) {
	f.Add("{actor}-{date}", "web scraper")
	f.Add("-", "")
	f.Add("x{id}", "é")
	f.Fuzz(func(t *testing.T, text, actor string) {
		parsed, err := ParseTemplate(text)
		if err != nil {
			return
		}
		if name := parsed.name(one(api.KindDataset, "theID", actor)); api.ValidName(name) != nil {
			t.Errorf("%q of %q is %q, which is no name", text, actor, name)
		}
	})
}

func TestCollisions(t *testing.T) {
	long := strings.Repeat("x", 63)
	all := &Inventory{taken: map[name]bool{nameOf(api.KindDataset, "A"): true, nameOf(api.KindDataset, long): true}}
	steps := []Step{
		{Candidate: one(api.KindDataset, "1", ""), Name: "a"},
		{Candidate: one(api.KindDataset, "2", ""), Name: "A"},
		{Candidate: one(api.KindKeyValueStore, "3", ""), Name: "a"}, // names are unique within a kind
		{Candidate: one(api.KindDataset, "4", ""), Name: long},
	}
	if err := all.settle(steps, false); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a-2", "A-3", "a", long[:61] + "-2"} {
		if steps[i].Name != want {
			t.Errorf("step %d: %s, want %s", i, steps[i].Name, want)
		}
	}
	if err := all.settle([]Step{{Candidate: one(api.KindDataset, "5", ""), Name: "A-2"}}, true); err == nil {
		t.Error("strict takes a name that is taken")
	}
}

func TestReadWishes(t *testing.T) {
	for text, want := range map[string]int{
		"id,name\na,one\nb,two\n": 2, "\ufeffID,Name\r\na,one\r\n": 1, "a, one\n": 1, "\"a\",\"one\"": 1,
		"": -1, "id,name\n": -1, "a\n": -1, "a,b,c\n": -1, "a,-b\n": -1, "a,one\na,two\n": -1, ",one\n": -1, "a,\"b": -1, "a,\n": -1,
	} {
		path := filepath.Join(t.TempDir(), "names.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wishes, err := ReadWishes(path, nil, input.Options{})
		if (err != nil) != (want < 0) || err == nil && len(wishes) != want {
			t.Errorf("%q: %v, %v; want %d", text, wishes, err, want)
		}
	}
	if wishes, err := ReadWishes("-", strings.NewReader("x,y\n"), input.Options{}); err != nil || len(wishes) != 1 {
		t.Errorf("stdin: %v, %v", wishes, err)
	}
}
