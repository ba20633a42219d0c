package dataset

import (
	"cmp"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"sort"
)

// bitmap is a set of item numbers, about a bit each where they are dense. It
// does not change, so that a long read keeps what it started with.
type bitmap struct {
	blocks []block // by number
	total  int64
	names  map[int64]string // of files that are not called as itemName has it
}

// block is a stretch of blockSize numbers.
type block struct {
	key    int64 // the first number divided by blockSize
	before int64 // how many numbers the blocks before it hold
	count  int64
	words  *blockWords
}

const blockSize = 4096

type blockWords [blockSize / 64]uint64

func (w *blockWords) has(n int64) bool { return w[n%blockSize/64]&(1<<(n%64)) != 0 }

func (w *blockWords) set(n int64) { w[n%blockSize/64] |= 1 << (n % 64) }

// bitmapBuilder collects numbers that come in any order.
type bitmapBuilder struct {
	blocks map[int64]*blockWords
	names  map[int64]string
}

// add adds the number of a file. One that has been added is twice, and other is
// the file that does not count: an SDK's own name goes first.
func (b *bitmapBuilder) add(n int64, name string) (other string, twice bool) {
	usual := itemName(n)
	if words := b.blocks[n/blockSize]; words != nil && words.has(n) {
		twice, other = true, cmp.Or(b.names[n], usual)
		if name != usual {
			return other, twice
		}
		delete(b.names, n)
	}
	if name != usual {
		if b.names == nil {
			b.names = map[int64]string{}
		}
		b.names[n] = name
	}
	b.set(n)
	return other, twice
}

func (b *bitmapBuilder) set(n int64) {
	if b.blocks == nil {
		b.blocks = map[int64]*blockWords{}
	}
	words := b.blocks[n/blockSize]
	if words == nil {
		words = new(blockWords)
		b.blocks[n/blockSize] = words
	}
	words.set(n)
}

func (b *bitmapBuilder) build() *bitmap {
	built := &bitmap{names: b.names}
	for _, key := range slices.Sorted(maps.Keys(b.blocks)) {
		built.append(key, b.blocks[key])
	}
	return built
}

func (b *bitmap) append(key int64, words *blockWords) {
	count := 0
	for _, word := range words {
		count += bits.OnesCount64(word)
	}
	b.blocks = append(b.blocks, block{key, b.total, int64(count), words})
	b.total += int64(count)
}

// with is the set and the numbers.
func (b *bitmap) with(numbers []int64) *bitmap {
	added := bitmapBuilder{names: b.names}
	for _, n := range numbers {
		if words := added.blocks[n/blockSize]; words == nil {
			if known := b.block(n / blockSize); known != nil {
				if added.blocks == nil {
					added.blocks = map[int64]*blockWords{}
				}
				added.blocks[n/blockSize] = new(*known.words)
			}
		}
		added.set(n)
	}
	for _, known := range b.blocks {
		if added.blocks[known.key] == nil {
			if added.blocks == nil {
				return b
			}
			added.blocks[known.key] = known.words
		}
	}
	return added.build()
}

// below is the set without the numbers from limit on.
func (b *bitmap) below(limit int64) *bitmap {
	end := sort.Search(len(b.blocks), func(i int) bool { return b.blocks[i].key >= limit/blockSize })
	if end == len(b.blocks) {
		return b
	}
	kept := &bitmap{blocks: slices.Clip(b.blocks[:end]), total: b.blocks[end].before, names: b.names}
	if cut := b.blocks[end]; cut.key == limit/blockSize {
		words := new(blockWords)
		for n := range limit % blockSize {
			if cut.words.has(n) {
				words.set(n)
			}
		}
		kept.append(cut.key, words)
	}
	return kept
}

func (b *bitmap) block(key int64) *block {
	i := sort.Search(len(b.blocks), func(i int) bool { return b.blocks[i].key >= key })
	if i == len(b.blocks) || b.blocks[i].key != key {
		return nil
	}
	return &b.blocks[i]
}

func (b *bitmap) count() int64 { return b.total }

// name is the file of an item.
func (b *bitmap) name(n int64) string {
	if name, odd := b.names[n]; odd {
		return name
	}
	return itemName(n)
}

// last is the highest number; 0 when there is none.
func (b *bitmap) last() int64 {
	for n := range b.descending(0) {
		return n
	}
	return 0
}

// ascending yields the numbers without the first skip of them.
func (b *bitmap) ascending(skip int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		first := sort.Search(len(b.blocks), func(i int) bool { return b.blocks[i].before+b.blocks[i].count > skip })
		for _, block := range b.blocks[first:] {
			left := max(0, skip-block.before)
			for i, word := range block.words {
				if n := int64(bits.OnesCount64(word)); n <= left {
					left -= n
					continue
				}
				for ; word != 0; word &= word - 1 {
					if left > 0 {
						left--
						continue
					}
					if !yield(block.key*blockSize + int64(i)*64 + int64(bits.TrailingZeros64(word))) {
						return
					}
				}
			}
		}
	}
}

// descending yields the numbers from the highest, without the first skip.
func (b *bitmap) descending(skip int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		keep := b.total - skip // the lowest so many are wanted
		last := sort.Search(len(b.blocks), func(i int) bool { return b.blocks[i].before >= keep })
		for _, block := range slices.Backward(b.blocks[:last]) {
			left := max(0, block.before+block.count-keep)
			for i, word := range slices.Backward(block.words[:]) {
				if n := int64(bits.OnesCount64(word)); n <= left {
					left -= n
					continue
				}
				for word != 0 {
					top := bits.Len64(word) - 1
					word &^= 1 << top
					if left > 0 {
						left--
						continue
					}
					if !yield(block.key*blockSize + int64(i)*64 + int64(top)) {
						return
					}
				}
			}
		}
	}
}
