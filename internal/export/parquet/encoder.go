package parquet

import (
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

const (
	// pageSize is from how many bytes on a page is complete, at the next item.
	pageSize = 1 << 20
	// dictionaryProbe is after how many values it is looked at first whether a
	// dictionary pays.
	dictionaryProbe = 4096
)

// Encodings.
const (
	encodingPlain      = 0
	encodingRLE        = 3
	encodingDictionary = 8
)

// Encoder encodes columns, one after the other. It is for one goroutine.
type Encoder struct {
	layout     *Layout
	compressor *compressor

	group   *Group
	next    int // block
	column  *Column
	chunk   Chunk
	stats   statistics
	levels  levels
	memory  []byte // of streams
	streams []shred.Stream
	batch   batch

	dictionary *dictionary
	coded      bool // values go into the dictionary
	values     int  // of the chunk that went there

	page struct {
		def, rep []uint8
		values   []byte   // plain
		indexes  []uint32 // of the dictionary
	}
	raw, packed, plain []byte // scratch
	sample, text       []byte // scratch
}

// Chunk is an encoded column of a row group.
type Chunk struct {
	Dictionary, Pages []byte // complete, with their heads
	Lossy             int64  // strings that are not UTF-8

	column        *Column
	values        int64 // nulls included
	uncompressed  int64
	plain         bool // there is a page without a dictionary
	coded         bool // and one with
	nulls         int64
	low, high     []byte
	hasStatistics bool
}

// NewEncoder makes an encoder of the columns of a layout.
func NewEncoder(l *Layout, c Compression) (*Encoder, error) {
	compressor, err := newCompressor(c)
	return &Encoder{layout: l, compressor: compressor, dictionary: newDictionary()}, err
}

// Encode encodes one column of a row group. The pages of the chunk are in memory
// that is the caller's; reuse is such memory of an earlier chunk.
func (e *Encoder) Encode(g *Group, column int, reuse []byte) (Chunk, error) {
	e.group, e.column = g, e.layout.Columns[column]
	e.chunk = Chunk{column: e.column, Pages: reuse[:0]}
	e.stats.reset()
	e.stats.off = e.column.kind().Kind == schema.JSON
	e.dictionary.reset()
	e.coded = e.column.physical != typeBoolean
	e.values = 0
	for i := range g.blocks {
		e.next = i + 1
		if err := e.block(&g.blocks[i]); err != nil {
			return Chunk{}, err
		}
	}
	e.flush()
	if e.chunk.coded {
		e.dictionaryPage()
	}
	e.stats.dictionary(e.dictionary, e.column)
	e.chunk.low, e.chunk.high, e.chunk.hasStatistics = e.stats.bounds(e.column)
	return e.chunk, nil
}

func (e *Encoder) block(b *groupBlock) error {
	places, found := b.find(e.column)
	e.streams = append(e.streams[:0], shred.Stream{})
	if found {
		var err error
		json := e.column.kind().Kind == schema.JSON
		e.streams, e.memory, err = b.Streams(places[len(places)-1], json, e.memory, e.streams[:0])
		if err != nil {
			return err
		}
	}
	b.levels(&e.levels, e.column, places, e.streams[0], found)
	e.batch.reset()
	if found {
		e.chunk.Lossy += e.batch.read(b.Block, e.streams, e.column)
	}
	e.chunk.nulls += int64(e.levels.count - e.batch.len())
	err := e.addBatch()
	dropLarge(&e.memory, &e.batch.decoded, &e.batch.from)
	return err
}

// dropLarge lets go of memory that is too large to be kept for the next values: one
// of 100 MB may be the only one.
func dropLarge(memories ...*[]byte) {
	const most = 8 << 20
	for _, memory := range memories {
		if cap(*memory) > most {
			*memory = nil
		}
	}
}

// addBatch puts the values of the batch into pages.
func (e *Encoder) addBatch() error {
	for start, value := 0, 0; start < e.levels.count; {
		if e.full() {
			e.flush()
		}
		end, count := e.segment(start, value)
		if err := e.add(start, end, value, count); err != nil {
			return err
		}
		start, value = end, value+count
	}
	return nil
}

func (e *Encoder) full() bool {
	return len(e.page.values)+4*len(e.page.indexes) >= pageSize || len(e.page.def) >= pageSize
}

// segment finds up to where levels, from start on, go into the page at once, and
// how many values these have; the next one is e.batch's value. It ends where an
// item does, with the one that makes the page full, or with those by which a
// dictionary is judged.
func (e *Encoder) segment(start, value int) (end, values int) {
	room := pageSize - len(e.page.values) - 4*len(e.page.indexes)
	most := e.batch.len() - value
	if e.coded && e.values < dictionaryProbe {
		most = dictionaryProbe - e.values
	}
	l := &e.levels
	if most >= e.batch.len()-value && e.batch.sizeOf(value, e.batch.len(), e.column) <= room && len(e.page.def)+l.count-start <= pageSize {
		return l.count, e.batch.len() - value
	}
	l.fill()
	for end = start; end < l.count; end++ {
		if end > start && (!l.lists || l.rep[end] == 0) && (room <= 0 || values >= most || len(e.page.def)+end-start >= pageSize) {
			break
		}
		if l.def[end] == e.column.maxDef {
			room -= e.batch.sizeOf(value+values, value+values+1, e.column)
			values++
		}
	}
	return end, values
}

// add puts levels, and the values that they have, into the page.
func (e *Encoder) add(start, end, value, count int) error {
	if e.coded && e.batch.sizeOf(value, value+count, e.column) > maxDictionary {
		e.stopCoding() // a long text
	}
	l := &e.levels
	if l.same {
		e.page.def = appendSame(e.page.def, l.level, end-start)
	} else {
		e.page.def = append(e.page.def, l.def[start:end]...)
	}
	switch {
	case !l.lists:
	case l.same:
		e.page.rep = appendSame(e.page.rep, 0, end-start)
	default:
		e.page.rep = append(e.page.rep, l.rep[start:end]...)
	}
	e.chunk.values += int64(end - start)
	if !e.coded {
		e.page.values = e.batch.appendPlain(e.page.values, value, count, e.column)
	}
	switch {
	case !e.coded && e.column.inNumbers():
		e.stats.numbers(e.batch.numbers[value:value+count], e.column)
		return nil
	case !e.coded:
		e.stats.texts(e.batch.texts[value:value+count], e.batch.from, e.column)
		return nil
	case e.column.inNumbers():
		e.page.indexes = e.dictionary.addNumbers(e.page.indexes, e.batch.numbers[value:value+count])
	default:
		e.page.indexes = e.dictionary.addTexts(e.page.indexes, e.batch.texts[value:value+count], e.batch.from)
	}
	e.values += count
	stop := e.dictionary.size() > maxDictionary
	if e.values >= dictionaryProbe && e.values-count < dictionaryProbe && !e.pays() {
		pays, err := e.willPay()
		if err != nil {
			return err
		}
		stop = stop || !pays
	}
	if stop {
		e.stopCoding()
	}
	return nil
}

// pays reports whether values repeat enough.
func (e *Encoder) pays() bool { return 2*e.dictionary.len() <= e.values }

// stopCoding leaves the dictionary to the pages that are complete, and to this one
// if it pays.
func (e *Encoder) stopCoding() {
	if len(e.page.indexes) > 0 && (e.chunk.coded || e.pays()) {
		e.flush()
	}
	e.coded = false
	for _, index := range e.page.indexes {
		e.page.values = e.dictionary.appendPlain(e.page.values, index, e.column)
	}
	e.page.indexes = e.page.indexes[:0]
}

// flush completes the page. A chunk has at least one.
func (e *Encoder) flush() {
	count := len(e.page.def)
	if count == 0 && len(e.chunk.Pages) > 0 {
		return
	}
	raw := e.raw[:0]
	if e.column.maxRep > 0 {
		raw = appendLevels(raw, e.page.rep, e.column.maxRep)
	}
	raw = appendLevels(raw, e.page.def, e.column.maxDef)
	encoding := encodingPlain
	switch {
	case e.coded && e.values > 0 && (e.chunk.coded || e.pays()):
		encoding = encodingDictionary
		width := bitWidth(max(e.dictionary.len()-1, 0))
		raw = appendHybrid(append(raw, byte(width)), e.page.indexes, width)
		e.chunk.coded = true
	case e.coded:
		e.stopCoding()
		fallthrough
	default:
		e.chunk.plain = true
		if e.column.physical == typeBoolean {
			raw = appendBits(raw, e.page.values)
		} else {
			raw = append(raw, e.page.values...)
		}
	}
	e.raw = raw
	e.chunk.Pages = e.appendPage(e.chunk.Pages, raw, func(t *thrift) {
		t.structure(5)
		t.i32(1, count)
		t.i32(2, encoding)
		t.i32(3, encodingRLE)
		t.i32(4, encodingRLE)
		t.end()
	}, 0)
	e.page.def, e.page.rep = e.page.def[:0], e.page.rep[:0]
	e.page.values, e.page.indexes = e.page.values[:0], e.page.indexes[:0]
	dropLarge(&e.page.values, &e.raw, &e.packed)
	if e.coded && !e.pays() {
		e.coded = false
	}
}

func (e *Encoder) dictionaryPage() {
	plain := slices.Grow(e.plain[:0], e.dictionary.size())
	for i := range e.dictionary.len() {
		plain = e.dictionary.appendPlain(plain, uint32(i), e.column)
	}
	e.plain = plain
	const kind = 2
	e.chunk.Dictionary = e.appendPage(nil, plain, func(t *thrift) {
		t.structure(7)
		t.i32(1, e.dictionary.len())
		t.i32(2, encodingPlain)
		t.end()
	}, kind)
}

// appendPage appends a page with its head.
func (e *Encoder) appendPage(dst, raw []byte, more func(*thrift), kind int) []byte {
	e.packed = e.compressor.append(e.packed[:0], raw)
	t := thrift{out: dst}
	t.begin()
	t.i32(1, kind)
	t.i32(2, len(raw))
	t.i32(3, len(e.packed))
	t.i32(4, int(int32(crc32.ChecksumIEEE(e.packed))))
	more(&t)
	t.end()
	e.chunk.uncompressed += int64(len(t.out) - len(dst) + len(raw))
	return append(slices.Grow(t.out, len(e.packed)), e.packed...)
}

// appendLevels appends levels with their length in bytes before them.
func appendLevels(dst []byte, levels []uint8, greatest uint8) []byte {
	at := len(dst)
	dst = appendHybrid(append(dst, 0, 0, 0, 0), levels, bitWidth(int(greatest)))
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func appendBits(dst, bools []byte) []byte {
	for i, value := range bools {
		if i%8 == 0 {
			dst = append(dst, 0)
		}
		dst[len(dst)-1] |= value << (i % 8)
	}
	return dst
}
