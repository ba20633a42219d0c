package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/apifyctl/apifyctl/bench/flat"
)

const (
	chunkItems = 100
	tenItems   = 10
	poolChunks = 200 // then items repeat
)

// run is a run of items that was made and compressed beforehand, so that
// serving it costs next to nothing.
type run struct {
	json, jsonl, csv     []byte // without separators at their ends
	packed, packedL, csz []byte // deflate blocks of them, to be put behind each other
}

// chunk is what pages are put together from: as a whole, or, at their ends, in
// tens of items and single ones.
type chunk struct {
	run
	tens  []run
	items []run
}

// data is a dataset of any length.
type data struct {
	total   int
	pool    []*chunk
	late    *chunk // has columns that the others lack
	columns []string

	deflater *flate.Writer
}

func newData(total, extra int) *data {
	random := rand.New(rand.NewPCG(1, 2)) // the same items every time
	d := &data{total: total}
	d.deflater, _ = flate.NewWriter(nil, 6) // fails for an unknown level only
	made := make([][][]byte, poolChunks+1)
	seen := map[string]bool{}
	for c := range made {
		for i := range chunkItems {
			item := product(random, c*chunkItems+i, extra, c == poolChunks)
			made[c] = append(made[c], item)
			for name := range cellsOf(item) {
				seen[name] = true
			}
		}
	}
	for name := range seen {
		d.columns = append(d.columns, name)
	}
	slices.Sort(d.columns)
	for _, items := range made {
		d.pool = append(d.pool, d.newChunk(items))
	}
	d.late, d.pool = d.pool[poolChunks], d.pool[:poolChunks]
	return d
}

func (d *data) chunk(n int) *chunk {
	if n == d.total/chunkItems*9/10 {
		return d.late
	}
	return d.pool[n%poolChunks]
}

func (d *data) newChunk(items [][]byte) *chunk {
	c := &chunk{run: d.newRun(items)}
	for first := 0; first < len(items); first += tenItems {
		c.tens = append(c.tens, d.newRun(items[first:first+tenItems]))
	}
	for i := range items {
		c.items = append(c.items, d.newRun(items[i:i+1]))
	}
	return c
}

func (d *data) newRun(items [][]byte) run {
	r := run{json: bytes.Join(items, []byte(",")), jsonl: append(bytes.Join(items, []byte("\n")), '\n'), csv: d.table(items)}
	r.packed, r.packedL, r.csz = d.deflated(r.json), d.deflated(r.jsonl), d.deflated(r.csv)
	return r
}

func (d *data) table(items [][]byte) []byte {
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	for _, item := range items {
		cells := cellsOf(item)
		row := make([]string, len(d.columns))
		for i, name := range d.columns {
			row[i] = cells[name]
		}
		_ = w.Write(row) // to memory
	}
	w.Flush()
	return table.Bytes()
}

// deflated compresses to blocks that end on a byte and are not the last.
func (d *data) deflated(text []byte) []byte {
	var out bytes.Buffer
	d.deflater.Reset(&out)
	_, err := d.deflater.Write(text)
	if err == nil {
		err = d.deflater.Flush()
	}
	if err != nil {
		panic(err) // to memory
	}
	return bytes.Clone(out.Bytes()) // without the room behind it
}

// product is an item of about 1 KB, 65 columns when flattened; late ones have 3
// more.
func product(r *rand.Rand, n, extra int, late bool) []byte {
	words := strings.Fields("lamp table chair oak birch steel glass soft light heavy round tall wide blue green red small large quiet bright kitchen garden office travel winter summer classic modern handmade durable folding")
	text := func(count int) string {
		parts := make([]string, count)
		for i := range parts {
			parts[i] = words[r.IntN(len(words))]
		}
		return strings.Join(parts, " ")
	}
	var b strings.Builder
	fmt.Fprintf(&b, `{"url":"https://shop.example.com/products/%d-%s","sku":"%08x","title":"%s, \"%s\"","brand":"%s","price":{"amount":%d.%02d,"currency":"EUR","vat":%t},`,
		n, words[r.IntN(len(words))], r.Uint32(), text(3), text(1), text(1), r.IntN(900), r.IntN(100), n%2 == 0)
	fmt.Fprintf(&b, `"inStock":%t,"stock":%d,"rating":%d.%d,"description":"%s, caf\u00e9, na\u00efve\n%s","tags":["%s","%s","%s"],`,
		n%3 > 0, r.IntN(500), r.IntN(5), r.IntN(10), text(14), text(8), text(1), text(1), text(1))
	b.WriteString(`"specs":{`)
	for i := range 24 {
		fmt.Fprintf(&b, `"p%d":%d,`, i, r.IntN(1000))
	}
	fmt.Fprintf(&b, `"note":null},"images":[`)
	for i := range 4 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"https://i.example.com/%d/%d"`, r.IntN(99999), i)
	}
	b.WriteString(`],"reviews":[`)
	for i := range 4 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"by":"%s","stars":%d,"text":"%s"}`, text(1), r.IntN(5), text(2))
	}
	b.WriteByte(']')
	if extra > 0 {
		fmt.Fprintf(&b, `,"body":"%s"`, text(extra/6))
	}
	if late {
		fmt.Fprintf(&b, `,"seller":{"name":"%s","rank":%d},"oldPrice":%d`, text(2), r.IntN(9), r.IntN(900))
	}
	fmt.Fprintf(&b, `,"id":%d,"scrapedAt":"2024-05-%02dT10:%02d:00.000Z"}`, n, 1+r.IntN(28), r.IntN(60))
	return []byte(b.String())
}

func cellsOf(item []byte) map[string]string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(item))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err)
	}
	cells := map[string]string{}
	flat.Each(value, func(path string, value any) {
		if value == nil {
			value = ""
		}
		cells[path] = fmt.Sprint(value)
	})
	return cells
}
