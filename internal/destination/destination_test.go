package destination

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/api"
)

func TestNew(t *testing.T) {
	for name, test := range map[string]struct {
		output, format string
		path           string // of a storage called shoes
		many, file     bool
		refused        string
	}{
		"stdout":                     {output: "-"},
		"nothing is stdout":          {},
		"a file":                     {output: "a.csv", path: "a.csv", file: true},
		"a folder":                   {output: "out/", path: "out/shoes.jsonl", many: true, file: true},
		"a folder, and a format":     {output: "out/", format: "csv", path: "out/shoes.csv", many: true, file: true},
		"a pattern":                  {output: "out/{id}-{name}.{ext}", path: "out/abc-shoes.jsonl", many: true, file: true},
		"the run that made it":       {output: "{run}.csv", path: "r1.csv", many: true, file: true},
		"a prefix of objects":        {output: "s3://bucket/out/", path: "s3://bucket/out/shoes.jsonl", many: true, file: true},
		"an unknown placeholder":     {output: "{nome}.csv", refused: "{nome}"},
		"an ending alone":            {output: "a.{ext}", refused: "does not tell storages apart"},
		"a format without an ending": {output: "out/", format: "table", refused: "no ending"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := New(test.output, test.format)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("error %v, want one about %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := d.Of(Target{Name: "shoes", ID: "abc", Facts: &api.Storage{ActRunID: "r1"}})
			if filepath.ToSlash(got) != test.path || d.Many() != test.many || d.IsFile() != test.file {
				t.Errorf("%q, many %v, file %v; want %q, %v, %v", got, d.Many(), d.IsFile(), test.path, test.many, test.file)
			}
		})
	}
}

func TestFolders(t *testing.T) {
	for name, test := range map[string]struct {
		path    string
		several bool
		want    string
		refused bool
	}{
		"one store":                {path: "out/", want: "out"},
		"several in a folder":      {path: "out/", several: true, want: "out/shoes"},
		"several archives":         {path: "out/{name}.zip", several: true, want: "out/shoes.zip"},
		"the ending is to be said": {path: "out/{name}.{ext}", several: true, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Folders(test.path, test.several)
			if (err != nil) != test.refused {
				t.Fatalf("error %v, want one: %v", err, test.refused)
			}
			if got := filepath.ToSlash(d.Of(Target{Name: "shoes", ID: "abc"})); err == nil && got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Storages of the same name, or of names that differ in case alone, do not overwrite
// each other.
func TestAssign(t *testing.T) {
	d, err := New("{name}.csv", "")
	if err != nil {
		t.Fatal(err)
	}
	targets := []Target{{Name: "shoes", ID: "a"}, {Name: "Shoes", ID: "b"}, {ID: "c"}}
	if err := d.Assign(targets); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"shoes.csv", "Shoes-b.csv", "c.csv"} {
		if targets[i].Path != want {
			t.Errorf("target %d goes to %q, want %q", i, targets[i].Path, want)
		}
	}
	same := []Target{{Name: "x", ID: "a"}, {Name: "x", ID: "b"}}
	if d, err = New("{run}.csv", ""); err != nil {
		t.Fatal(err)
	}
	same[0].Facts, same[1].Facts = &api.Storage{ActRunID: "r"}, &api.Storage{ActRunID: "r"}
	if err := d.Assign(same); err == nil {
		t.Errorf("two storages of a run go to %q and %q", same[0].Path, same[1].Path)
	}
}
