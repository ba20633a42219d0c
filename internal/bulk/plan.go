// Package bulk is a job that many machines share: a plan that freezes what there is
// to do, shards of it, a receipt for each unit that is done, and the commit that
// holds receipts against the plan. It starts no machine and knows none.
package bulk

import (
	"cmp"
	"container/heap"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// version is that of the form of plans, receipts and manifests.
const version = 1

// MaxShards is what the engines take: Kubernetes has the highest limit.
const MaxShards = 100_000

// Plan is all that there is to do, in the order of its lines. The same datasets and
// options give the same plan, byte for byte.
type Plan struct {
	Header
	Units []Unit
}

// Header is a plan's first line.
type Header struct {
	Version int     `json:"apifyctlPlan"`
	Job     string  `json:"job"` // a hash of all the rest
	Shards  int     `json:"shards"`
	Count   int     `json:"units"`
	Items   int64   `json:"items"`
	Bytes   int64   `json:"bytes"` // an estimate, see Unit
	Options Options `json:"options"`

	// What the files of all workers agree on. Without a schema the plan is for
	// formats that need none.
	Columns []string        `json:"columns"` // of tables; null: unknown
	Schema  json.RawMessage `json:"schema"`  // of Parquet, as a JSON Schema; null: unknown
	Sampled int             `json:"sampled,omitempty"`
}

// Options are what the API does to items, the same in all units.
type Options struct {
	Fields          []string `json:"fields,omitempty"`
	OutputFields    []string `json:"outputFields,omitempty"`
	Omit            []string `json:"omit,omitempty"`
	Unwind          []string `json:"unwind,omitempty"`
	Flatten         []string `json:"flatten,omitempty"`
	Clean           bool     `json:"clean,omitempty"`
	SkipEmpty       bool     `json:"skipEmpty,omitempty"`
	SkipHidden      bool     `json:"skipHidden,omitempty"`
	SkipFailedPages bool     `json:"skipFailedPages,omitempty"`
	Simplified      bool     `json:"simplified,omitempty"`
	View            string   `json:"view,omitempty"`
}

// NewOptions are the part of the API's options that is the same in all units.
func NewOptions(o api.ItemsOptions) Options {
	return Options{
		Fields: o.Fields, OutputFields: o.OutputFields, Omit: o.Omit, Unwind: o.Unwind, Flatten: o.Flatten,
		Clean: o.Clean, SkipEmpty: o.SkipEmpty, SkipHidden: o.SkipHidden, SkipFailedPages: o.SkipFailedPages,
		Simplified: o.Simplified, View: o.View,
	}
}

// Items are the API's options for a unit. That of no items asks for nothing: see
// Unit.Limit.
func (o Options) Items(u Unit) api.ItemsOptions {
	return api.ItemsOptions{
		Offset: u.Offset, Limit: u.Limit,
		Fields: o.Fields, OutputFields: o.OutputFields, Omit: o.Omit, Unwind: o.Unwind, Flatten: o.Flatten,
		Clean: o.Clean, SkipEmpty: o.SkipEmpty, SkipHidden: o.SkipHidden, SkipFailedPages: o.SkipFailedPages,
		Simplified: o.Simplified, View: o.View,
	}
}

// counts tells that as many items are written as are stored.
func (o Options) counts() bool {
	return !o.Clean && !o.SkipEmpty && !o.SkipFailedPages && !o.Simplified && len(o.Unwind) == 0 && o.View == ""
}

// Unit is a dataset, or a range of it: what becomes one file.
type Unit struct {
	Unit       int       `json:"unit"` // counted from 0, in the order of the lines
	Shard      int       `json:"shard"`
	Dataset    string    `json:"dataset"` // its ID
	Name       string    `json:"name,omitempty"`
	File       string    `json:"file"`  // what {name} stands for in the path of the output
	Items      int64     `json:"items"` // of the dataset when it was planned
	ModifiedAt time.Time `json:"modifiedAt"`
	Offset     int64     `json:"offset"`
	Limit      int64     `json:"limit"` // items; 0 is none
	Bytes      int64     `json:"bytes"` // what it is balanced by: its part of the dataset's size, or a guess
}

// Label is what a person calls the unit.
func (u Unit) Label() string {
	label := cmp.Or(u.Name, u.Dataset)
	if u.Limit < u.Items {
		label += fmt.Sprintf(" (items %d to %d)", u.Offset, u.Offset+u.Limit-1)
	}
	return label
}

// Request is what a plan is made for.
type Request struct {
	Datasets   []*api.Dataset // each once
	Options    Options
	Shards     int
	SplitItems int64 // a dataset with more becomes several units; 0: never
}

// New makes a plan, still without a schema. Seal ends it.
func New(r Request) *Plan {
	p := &Plan{Header: Header{Version: version, Shards: r.Shards, Options: r.Options}}
	datasets := slices.Clone(r.Datasets)
	slices.SortFunc(datasets, func(a, b *api.Dataset) int { return strings.Compare(a.ID, b.ID) })
	guess := bytesPerItem(datasets)
	files := newFileNames(datasets)
	for _, d := range datasets {
		size := d.Stats.StorageBytes
		if size <= 0 {
			size = int64(guess * float64(d.ItemCount))
		}
		parts := partsOf(d.ItemCount, r.SplitItems)
		for part := range parts {
			from, to := d.ItemCount*part/parts, d.ItemCount*(part+1)/parts
			file := files.of(d)
			if parts > 1 {
				file = fmt.Sprintf("%s-%05d-of-%05d", file, part, parts)
			}
			file = files.unique(file)
			p.Units = append(p.Units, Unit{
				Unit: len(p.Units), Dataset: d.ID, Name: d.Name, File: file,
				Items: d.ItemCount, ModifiedAt: d.ModifiedAt.UTC(), Offset: from, Limit: to - from, Bytes: size*(part+1)/parts - size*part/parts,
			})
		}
	}
	p.balance()
	return p
}

// perItem is what an item is taken to have where no dataset tells its size, in bytes.
const perItem = 1000

// bytesPerItem is what items have on average, of those datasets that tell.
func bytesPerItem(datasets []*api.Dataset) float64 {
	var items, size int64
	for _, d := range datasets {
		if d.Stats.StorageBytes > 0 {
			items += d.ItemCount
			size += d.Stats.StorageBytes
		}
	}
	if items == 0 {
		return perItem
	}
	return float64(size) / float64(items)
}

func partsOf(items, split int64) int64 {
	if split <= 0 {
		return 1
	}
	return max(1, (items+split-1)/split)
}

// fileNames finds names for files. Datasets of several owners can have the same name,
// and not every file system tells cases apart.
type fileNames struct {
	datasets map[string]int // of a name
	taken    map[string]bool
}

func newFileNames(datasets []*api.Dataset) fileNames {
	f := fileNames{map[string]int{}, map[string]bool{}}
	for _, d := range datasets {
		f.datasets[strings.ToLower(ownName(d))]++
	}
	return f
}

func ownName(d *api.Dataset) string { return sink.FileName(cmp.Or(d.Name, d.ID)) }

func (f fileNames) of(d *api.Dataset) string {
	name := ownName(d)
	if f.datasets[strings.ToLower(name)] > 1 {
		id := sink.FileName(d.ID)
		name += "-" + id[:min(len(id), 32)]
	}
	return name
}

// unique is the name, or one like it where that is taken.
func (f fileNames) unique(name string) string {
	free := name
	for n := 2; f.taken[strings.ToLower(free)]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	f.taken[strings.ToLower(free)] = true
	return free
}

// balance gives each unit its shard: the largest first, each to the shard that has
// the least by then.
func (p *Plan) balance() {
	order := make([]int, len(p.Units))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { // those of the same size stay in the order of their IDs
		return cmp.Compare(p.Units[b].weight(), p.Units[a].weight())
	})
	shards := make(loads, p.Shards)
	for i := range shards {
		shards[i].shard = i
	}
	for _, i := range order {
		lightest := &shards[0]
		p.Units[i].Shard = lightest.shard
		lightest.bytes += p.Units[i].weight()
		heap.Fix(&shards, 0)
	}
}

// weight has a unit without items count for something, too: it takes requests.
func (u Unit) weight() int64 { return u.Bytes + perItem }

// loads is a heap of shards, the lightest first.
type loads []struct {
	bytes int64
	shard int
}

func (l loads) Len() int { return len(l) }
func (l loads) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[i].bytes, l[j].bytes), cmp.Compare(l[i].shard, l[j].shard)) < 0
}
func (l loads) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *loads) Push(any)     {}
func (l *loads) Pop() any     { return nil }

// Heaviest is how much more the heaviest shard has to do than the mean of all.
func (p *Plan) Heaviest() float64 {
	shards := make([]int64, p.Shards)
	total := int64(0)
	for _, u := range p.Units {
		shards[u.Shard] += u.weight()
		total += u.weight()
	}
	if total == 0 {
		return 1
	}
	return float64(slices.Max(shards)) * float64(p.Shards) / float64(total)
}

// OfShard are the units of a shard.
func (p *Plan) OfShard(shard int) []Unit {
	var units []Unit
	for _, u := range p.Units {
		if u.Shard == shard {
			units = append(units, u)
		}
	}
	return units
}

// Seal counts what there is and gives the job its name.
func (p *Plan) Seal() {
	p.Count, p.Items, p.Bytes = len(p.Units), 0, 0
	for _, u := range p.Units {
		p.Items += u.Limit
		p.Bytes += u.Bytes
	}
	p.Job = p.hash()
}

// hash is that of the plan's text without the hash itself.
func (p *Plan) hash() string {
	unnamed := *p
	unnamed.Job = ""
	sum := sha256.New()
	_ = unnamed.Write(sum) // a hash takes everything, and so does JSON
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Write writes the plan as JSON Lines.
func (p *Plan) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p.Header); err != nil {
		return err
	}
	for i := range p.Units {
		if err := encoder.Encode(&p.Units[i]); err != nil {
			return err
		}
	}
	return nil
}
