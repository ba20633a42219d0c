package keep

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/input"
)

func one(kind api.Kind, id, actor string) *candidate {
	return &candidate{actor: actor, Object: storage.Object{Kind: kind, Facts: &api.Storage{
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
		parsed, err := parseTemplate(test.text)
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
		if _, err := parseTemplate(text); err == nil {
			t.Errorf("%q is a template", text)
		}
	}
}

func FuzzTemplateName(f *testing.F) {
	f.Add("{actor}-{date}", "web scraper")
	f.Add("-", "")
	f.Add("x{id}", "é")
	f.Fuzz(func(t *testing.T, text, actor string) {
		parsed, err := parseTemplate(text)
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
	all := &inventory{taken: map[name]bool{nameOf(api.KindDataset, "A"): true, nameOf(api.KindDataset, long): true}}
	steps := []step{
		{candidate: one(api.KindDataset, "1", ""), name: "a"},
		{candidate: one(api.KindDataset, "2", ""), name: "A"},
		{candidate: one(api.KindKeyValueStore, "3", ""), name: "a"}, // names are unique within a kind
		{candidate: one(api.KindDataset, "4", ""), name: long},
	}
	if err := all.settle(steps, false); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a-2", "A-3", "a", long[:61] + "-2"} {
		if steps[i].name != want {
			t.Errorf("step %d: %s, want %s", i, steps[i].name, want)
		}
	}
	if err := all.settle([]step{{candidate: one(api.KindDataset, "5", ""), name: "A-2"}}, true); err == nil {
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
		wishes, err := readWishes(path, nil, input.Options{})
		if (err != nil) != (want < 0) || err == nil && len(wishes) != want {
			t.Errorf("%q: %v, %v; want %d", text, wishes, err, want)
		}
	}
	if wishes, err := readWishes("-", strings.NewReader("x,y\n"), input.Options{}); err != nil || len(wishes) != 1 {
		t.Errorf("stdin: %v, %v", wishes, err)
	}
}
