package parquet

import (
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// Group is what one row group is made of: blocks of items, with the streams of
// objects and arrays in memory, as several columns need them.
type Group struct {
	Rows   int64
	blocks []groupBlock
}

type groupBlock struct {
	*shred.Block
	containers map[int]shred.Stream
}

// Add adds a block of items that fit the layout.
func (g *Group) Add(l *Layout, b *shred.Block) error {
	block := groupBlock{Block: b, containers: make(map[int]shred.Stream)}
	if err := block.load(l.root, 0); err != nil {
		return err
	}
	g.blocks = append(g.blocks, block)
	g.Rows += int64(b.Items)
	return nil
}

func (b *groupBlock) load(t *schema.Type, place int) error {
	if t.Kind != schema.Group && t.Kind != schema.List {
		return nil
	}
	streams, _, err := b.Streams(place, false, nil, nil)
	if err != nil {
		return err
	}
	b.containers[place] = streams[0]
	if t.Kind == schema.List {
		if element, ok := b.Element(place); ok {
			return b.load(t.Element, element)
		}
		return nil
	}
	for _, f := range t.Fields {
		if member, ok := b.Member(place, f.Key); ok {
			if err := b.load(f.Type, member); err != nil {
				return err
			}
		}
	}
	return nil
}

// find walks the path of a column down to its place. There is none where the
// block has no value of it.
func (b *groupBlock) find(c *Column) (places []int, found bool) {
	places = []int{0}
	for i, t := range c.leaf.Path[:len(c.leaf.Path)-1] {
		var at int
		var ok bool
		if t.Kind == schema.List {
			at, ok = b.Element(places[i])
		} else {
			at, ok = b.Member(places[i], c.leaf.Keys[i])
		}
		if !ok {
			return places, false
		}
		places = append(places, at)
	}
	return places, true
}

// levels finds the levels of a column in the block. The stream is that of the
// column itself; it has no values where the block has none.
func (b *groupBlock) levels(l *levels, c *Column, places []int, column shred.Stream, found bool) {
	l.start(b.Items, c.maxRep > 0)
	var def, rep uint8
	for i, t := range c.leaf.Path[:len(c.leaf.Path)-1] {
		if i+1 >= len(places) {
			return
		}
		next := column
		if i+1 < len(c.leaf.Path)-1 || !found {
			next = b.containers[places[i+1]]
		}
		around := b.containers[places[i]]
		if t.Kind == schema.List {
			rep++
			l.elements(around, next, def, rep)
			def += 2
			continue
		}
		l.member(around, b.Places[places[i]].Shapes, next, places[i+1], def)
		def++
	}
}
