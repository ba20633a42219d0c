package parquet

import (
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// sampleBytes is how much of a column is looked at in each block.
const sampleBytes = 4 << 10

// willPay reports whether a dictionary of strings, which does not pay by its first
// values, is going to: whether they come again further away. It looks how many of
// the first values of each block that is left are in it. One in ten, say, means
// that the row group has ten times as many different values.
func (e *Encoder) willPay() (bool, error) {
	if e.column.kind().Kind != schema.String {
		return false, nil
	}
	total, sampled, known := e.values, 0, 0
	for i := e.next; i < len(e.group.blocks); i++ {
		b := &e.group.blocks[i]
		places, found := b.find(e.column)
		if !found {
			continue
		}
		place := places[len(places)-1]
		total += b.Places[place].Values - b.Places[place].Nulls
		var values shred.Stream
		var err error
		if values, e.sample, err = b.Sample(place, sampleBytes, e.sample); err != nil {
			return false, err
		}
		for kind, ok := values.Next(); ok; kind, ok = values.Next() {
			if kind == shred.Null {
				continue
			}
			e.text, _ = values.AppendString(e.text[:0], kind)
			sampled++
			if e.dictionary.has(e.text) {
				known++
			}
		}
	}
	return 2*e.dictionary.len()*sampled <= total*known && e.dictionary.size()*sampled <= maxDictionary*known && known > 0, nil
}
