package rawjson

import (
	"bytes"
	"iter"
	"math/bits"
)

// Ends appends, for each element of a complete JSON array, the offset of the byte
// behind it. What it accepts, and its errors, are those of Elements; the ends of
// the elements before an error are there.
func Ends(array []byte, ends []int) ([]int, error) {
	before := len(ends)
	ends, ok := endsByBlock(array, ends)
	if ok {
		return ends, nil
	}
	return endsByElement(array, ends[:before])
}

// endsByElement is the way for all arrays.
func endsByElement(array []byte, ends []int) ([]int, error) {
	w := walker{data: array, open: '[', end: ']'}
	for w.next() {
		if _, err := w.value(); err != nil {
			return ends, err
		}
		ends = append(ends, w.pos)
	}
	return ends, w.err
}

// Spans yields the elements of a JSON array, by their index. ends are those of all
// of them, as Ends finds them. An element may be overwritten once it was yielded.
func Spans(array []byte, ends []int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if len(ends) == 0 {
			return
		}
		begin := SkipSpace(array, SkipSpace(array, 0)+1)
		for i, end := range ends {
			if !yield(i, array[begin:end]) {
				return
			}
			if i+1 < len(ends) {
				begin = Following(array, end)
			}
		}
	}
}

// Without removes those elements of a JSON array that drop names, in place. ends are
// those of all elements, as Ends finds them.
func Without(array []byte, ends []int, drop []bool) (left []byte, dropped int) {
	for i := range ends {
		if drop[i] {
			dropped++
		}
	}
	if dropped == 0 {
		return array, 0
	}
	left = array[:0] // what is written never comes beyond what was read
	for i, element := range Spans(array, ends) {
		if drop[i] {
			continue
		}
		opening := byte(',')
		if len(left) == 0 {
			opening = '['
		}
		left = append(append(left, opening), element...)
	}
	if len(left) == 0 {
		left = append(left, '[')
	}
	return append(left, ']'), dropped
}

// Following returns where the element behind the one that ends at end begins.
// There must be one, and array must be a JSON array.
func Following(array []byte, end int) int {
	if array[end] != ',' {
		end = SkipSpace(array, end)
	}
	return SkipSpace(array, end+1)
}

// maxDepth is how many open brackets a word remembers the kinds of.
const maxDepth = 64

// windowBlocks is how many blocks are classified at once.
const windowBlocks = 32

// endsByBlock is the fast way for an array of objects or arrays. It looks at 64
// bytes at a time, a bit for each: which are quotes, which may be brackets, and
// so which are inside of strings. It gives up, with false, on all that is unusual
// or wrong; then elements must be found one by one.
func endsByBlock(text []byte, ends []int) ([]int, bool) {
	start := SkipSpace(text, 0)
	if start >= len(text) || text[start] != '[' || !opensNested(text, start+1) {
		return ends, false
	}
	var (
		inString  uint64 // all bits set if the block before ended inside a string
		escaped   uint64 // 1 if its last byte was a backslash that escapes
		kinds     uint64 // of open brackets, the innermost lowest: set for an object
		depth     int
		backslash int // the next one behind a long string's block; see there
		tail      [Block]byte
		window    struct { // some blocks ahead
			start, end                int
			quotes, brackets, slashes [windowBlocks]uint64
		}
	)
	for base := 0; base < len(text); base += Block {
		chunk := text[base:]
		if len(chunk) < Block {
			copy(tail[:], chunk)
			chunk = tail[:]
		}
		if base >= window.end {
			n := min(len(chunk)/Block, windowBlocks)
			classify(window.quotes[:n], window.brackets[:n], chunk)
			Masks(window.slashes[:n], chunk, '\\')
			window.start, window.end = base, base+n*Block
		}
		ahead := (base - window.start) / Block
		quotes, brackets, slashes := window.quotes[ahead], window.brackets[ahead], window.slashes[ahead]
		if slashes|escaped != 0 {
			var hidden uint64
			hidden, escaped = escapes(slashes, escaped)
			quotes &^= hidden
		}
		strings := PrefixXor(quotes) ^ inString
		if slashes&^strings != 0 {
			return ends, false
		}
		inString = uint64(int64(strings) >> 63)
		if quotes == 0 && inString != 0 && escaped == 0 {
			// A long string: on to the block in which something can happen.
			if backslash < base+Block {
				backslash = indexFrom(text, base+Block, '\\')
			}
			next := min(indexFrom(text, base+Block, '"'), backslash)
			base = max(base, next&^(Block-1)-Block) // the loop adds a block
			continue
		}
		for brackets &^= strings; brackets != 0; brackets &= brackets - 1 {
			i := base + bits.TrailingZeros64(brackets)
			c := chunk[i-base]
			object := uint64(c) >> 5 & 1 // { and } have the bit, [ and ] have not
			switch c | ' ' {
			case '{':
				if depth == maxDepth {
					return ends, false
				}
				depth++
				kinds = kinds<<1 | object
			case '}':
				if kinds&1 != object || depth == 0 {
					return ends, false
				}
				depth--
				kinds >>= 1
				switch depth {
				case 1:
					ends = append(ends, i+1)
					if !continues(text, i+1) {
						return ends, false
					}
				case 0:
					return ends, SkipSpace(text, i+1) == len(text)
				}
			}
		}
	}
	return ends, false
}

// opensNested reports whether an object or array begins at i, behind white space.
func opensNested(text []byte, i int) bool {
	i = SkipSpace(text, i)
	return i < len(text) && (text[i] == '{' || text[i] == '[')
}

// continues reports whether behind an element, at i, another nested one follows
// or the array ends.
func continues(text []byte, i int) bool {
	if i+1 < len(text) && text[i] == ',' && text[i+1] == '{' {
		return true
	}
	i = SkipSpace(text, i)
	return i < len(text) && (text[i] == ']' || text[i] == ',' && opensNested(text, i+1))
}

func indexFrom(text []byte, i int, c byte) int {
	if i < len(text) {
		if found := bytes.IndexByte(text[i:], c); found >= 0 {
			return i + found
		}
	}
	return len(text)
}

// escapes has a bit for each byte that a backslash escapes. carry is 1 if the
// first one is, and if the first one of the next block is.
func escapes(slashes, carry uint64) (escaped, next uint64) {
	// A backslash escapes unless it is escaped itself: every other one in a row.
	slashes &^= carry
	escaped = carry
	for slashes != 0 {
		i := bits.TrailingZeros64(slashes)
		if i == 63 {
			return escaped, 1
		}
		escaped |= 2 << i
		slashes &^= 3 << i
	}
	return escaped, 0
}
