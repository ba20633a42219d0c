package bulk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/sink"
)

func dataset(id, name string, items, size int64) *api.Dataset {
	d := &api.Dataset{ItemCount: items}
	d.ID, d.Name, d.Stats.StorageBytes, d.ModifiedAt = id, name, size, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return d
}

func many(n int) []*api.Dataset {
	random := rand.New(rand.NewPCG(1, 2))
	var all []*api.Dataset
	for i := range n {
		items := random.Int64N(5000)
		all = append(all, dataset(fmt.Sprintf("id%015d", random.Int64N(1e15)), fmt.Sprintf("shop-%03d", i), items, items*random.Int64N(2000)))
	}
	return all
}

func text(t *testing.T, p *Plan) string {
	t.Helper()
	var out bytes.Buffer
	if err := p.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func sealed(r Request) *Plan {
	p := New(r)
	p.Seal()
	return p
}

func TestThePlanIsTheSameWhateverTheOrder(t *testing.T) {
	datasets := many(300)
	want := text(t, sealed(Request{Datasets: datasets, Shards: 7, SplitItems: 1000}))
	slices.Reverse(datasets)
	if got := text(t, sealed(Request{Datasets: datasets, Shards: 7, SplitItems: 1000})); got != want {
		t.Error("the order in which datasets are listed changes the plan")
	}
	if got := sealed(Request{Datasets: datasets, Shards: 8, SplitItems: 1000}); strings.Contains(want, got.Job) {
		t.Error("another number of shards gives the same job")
	}
}

func TestUnitsCoverAllItemsOnce(t *testing.T) {
	datasets := append(many(100), dataset("empty", "", 0, 0))
	p := sealed(Request{Datasets: datasets, Shards: 5, SplitItems: 700})
	next, files := map[string]int64{}, map[string]bool{}
	for _, u := range p.Units {
		if u.Offset != next[u.Dataset] || u.Limit > 700 {
			t.Errorf("unit %d is items %d to %d, after %d", u.Unit, u.Offset, u.Offset+u.Limit, next[u.Dataset])
		}
		next[u.Dataset] += u.Limit
		if files[u.File] {
			t.Errorf("file %s twice", u.File)
		}
		files[u.File] = true
	}
	for _, d := range datasets {
		if next[d.ID] != d.ItemCount {
			t.Errorf("dataset %s: %d of %d items", d.ID, next[d.ID], d.ItemCount)
		}
	}
}

func TestShardsAreBalanced(t *testing.T) {
	p := sealed(Request{Datasets: many(1000), Shards: 16})
	if got := p.Heaviest(); got > 1.01 {
		t.Errorf("the heaviest shard has %.3f of the mean", got)
	}
	for shard := range 16 {
		if len(p.OfShard(shard)) == 0 {
			t.Errorf("shard %d has nothing to do", shard)
		}
	}
}

func TestFileNames(t *testing.T) {
	for _, test := range []struct {
		name     string
		datasets []*api.Dataset
		split    int64
		want     []string
	}{
		{"the name, or the ID", []*api.Dataset{dataset("a1", "shop", 1, 1), dataset("b2", "", 1, 1)}, 0, []string{"shop", "b2"}},
		{"of two owners", []*api.Dataset{dataset("a1", "shop", 1, 1), dataset("b2", "Shop", 1, 1)}, 0, []string{"shop-a1", "Shop-b2"}},
		{"parts", []*api.Dataset{dataset("a1", "shop", 3, 1)}, 2, []string{"shop-00000-of-00002", "shop-00001-of-00002"}},
		{"hostile", []*api.Dataset{dataset("a1", "../../etc/passwd", 1, 1), dataset("b2", "nul", 1, 1)}, 0, []string{"_.._.._etc_passwd", "_nul"}},
		{"one that looks like a part", []*api.Dataset{dataset("a1", "s", 3, 1), dataset("b2", "s-00001-of-00002", 1, 1)}, 2, []string{"s-00000-of-00002", "s-00001-of-00002", "s-00001-of-00002-2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, u := range sealed(Request{Datasets: test.datasets, Shards: 1, SplitItems: test.split}).Units {
				got = append(got, u.File)
				if !sink.IsFileName(u.File) {
					t.Errorf("%q is no safe name", u.File)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	p := sealed(Request{Datasets: []*api.Dataset{dataset("a1", "shop", 3, 30), dataset("b2", "more", 3, 30)}, Shards: 2})
	good := text(t, p)
	if _, err := Read(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(good, "\n")
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "it is no plan"},
		{"another file", "{\"name\":\"a\"}\n", "it is no plan"},
		{"a later version", strings.Replace(good, `"apifyctlPlan":1`, `"apifyctlPlan":2`, 1), "of another version"},
		{"cut short", lines[0] + lines[1], "cut short: it has 1 of its 2 units"},
		{"more than there are", good + lines[2], "unit 1 stands where 2 belongs"},
		{"an item more", strings.Replace(good, `"limit":3`, `"limit":2`, 1), "it does not have the hash"},
		{"a way out of the folder", strings.Replace(good, `"file":"shop"`, `"file":"../shop"`, 1), `"../shop" cannot be the name of a file`},
		{"a hidden file", strings.Replace(good, `"file":"shop"`, `"file":".shop"`, 1), "cannot be the name of a file"},
		{"the same file twice", strings.Replace(good, `"file":"shop"`, `"file":"MORE"`, 1), "is the file of two units"},
		{"another endpoint", strings.Replace(good, `"dataset":"a1"`, `"dataset":"../users/me"`, 1), "the ID of the dataset cannot be one"},
		{"no such shard", strings.Replace(good, `"shard":0`, `"shard":2`, 1), "shard 2 of 2"},
		{"more than the dataset has", strings.Replace(good, `"limit":3`, `"limit":4`, 1), "items 0 to 4 of 3"},
		{"too many shards", strings.Replace(good, `"shards":2`, `"shards":1000000000`, 1), "1000000000 shards"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// Whatever is taken for a plan can be carried out: its files are in the folder of
// the output, its ranges are in the datasets, and it is written as it was read.
func FuzzRead(f *testing.F) {
	for _, split := range []int64{0, 2} {
		var out bytes.Buffer
		if err := sealed(Request{Datasets: []*api.Dataset{dataset("a1", "shop", 3, 30), dataset("b2", "..", 5, 0)}, Shards: 3, SplitItems: split}).Write(&out); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes(), true)
		f.Add(out.Bytes(), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, sign bool) {
		p, err := Read(bytes.NewReader(text))
		if err != nil && sign { // a plan that somebody has made to harm has the right hash
			lines := strings.SplitAfter(string(text), "\n")
			p = &Plan{}
			if p.readHeader([]byte(lines[0])) != nil {
				return
			}
			for _, line := range lines[1:] {
				if u, err := p.readUnit([]byte(line)); err == nil {
					p.Units = append(p.Units, u)
				}
			}
			p.Seal()
			var out bytes.Buffer
			if err := p.Write(&out); err != nil {
				t.Fatal(err)
			}
			p, err = Read(&out)
			if err != nil && !strings.Contains(err.Error(), "the file of two units") {
				t.Fatalf("what was written is not read: %v", err)
			}
		}
		if err != nil {
			return
		}
		for _, u := range p.Units {
			if !sink.IsFileName(u.File) || u.Shard >= p.Shards || u.Offset+u.Limit > u.Items || strings.ContainsAny(u.Dataset, `/\`) {
				t.Errorf("unit %+v", u)
			}
		}
		var again bytes.Buffer
		if err := p.Write(&again); err != nil {
			t.Fatal(err)
		}
		same, err := Read(&again)
		if err != nil || same.Job != p.Job {
			t.Errorf("read again: %v", err)
		}
	})
}
