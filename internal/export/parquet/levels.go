package parquet

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// levels are what a column has of each value, null or not, of some items: how much
// of its path is there, and which list on the path goes on.
type levels struct {
	def, rep        []uint8
	otherDef, other []uint8 // memory to change places with
	has             []bool  // scratch
}

// start begins with the items themselves.
func (l *levels) start(items int) {
	l.def = slices.Grow(l.def[:0], items)[:items]
	l.rep = slices.Grow(l.rep[:0], items)[:items]
	clear(l.def)
	clear(l.rep)
}

// member goes on to a member of the objects that are where the level is def.
func (l *levels) member(objects shred.Stream, shapes [][]int, member shred.Stream, place int, def uint8) {
	l.has = slices.Grow(l.has[:0], len(shapes))[:len(shapes)]
	for i, members := range shapes {
		l.has[i] = slices.Contains(members, place)
	}
	for i, at := range l.def {
		if at != def {
			continue
		}
		nextValue(&objects)
		if !l.has[objects.Count()] {
			continue
		}
		if kind, _ := member.Next(); kind != shred.Null {
			l.def[i] = def + 1
		}
	}
}

// elements goes on to the elements of the arrays that are where the level is def.
func (l *levels) elements(arrays, elements shred.Stream, def, rep uint8) {
	newDef, newRep := l.otherDef[:0], l.other[:0]
	for i, at := range l.def {
		count := 0
		if at == def {
			nextValue(&arrays)
			count = arrays.Count()
		}
		if count == 0 {
			newDef, newRep = append(newDef, at), append(newRep, l.rep[i])
			continue
		}
		for j := range count {
			element := def + 1
			if kind, _ := elements.Next(); kind != shred.Null {
				element++
			}
			again := rep
			if j == 0 {
				again = l.rep[i]
			}
			newDef, newRep = append(newDef, element), append(newRep, again)
		}
	}
	l.def, l.otherDef = newDef, l.def
	l.rep, l.other = newRep, l.rep
}

// nextValue moves to the next value that is not null.
func nextValue(s *shred.Stream) shred.Kind {
	for {
		if kind, ok := s.Next(); kind != shred.Null || !ok {
			return kind
		}
	}
}

// appendHybrid appends numbers of a width in bits as runs of the same one, and as
// groups of eight where they differ.
func appendHybrid[T uint8 | uint32](dst []byte, numbers []T, width int) []byte {
	for len(numbers) > 0 {
		if run := runLength(numbers); run >= 8 || run == len(numbers) {
			dst = binary.AppendUvarint(dst, uint64(run)<<1)
			for shift := 0; shift < width; shift += 8 {
				dst = append(dst, byte(uint32(numbers[0])>>shift))
			}
			numbers = numbers[run:]
			continue
		}
		packed := 0 // up to where a run begins
		for packed < len(numbers) && (packed == 0 || runLength(numbers[packed:]) < 8) {
			packed += 8
		}
		dst = appendPacked(dst, numbers[:min(packed, len(numbers))], width)
		numbers = numbers[min(packed, len(numbers)):]
	}
	return dst
}

func runLength[T comparable](numbers []T) int {
	run := 1
	for run < len(numbers) && numbers[run] == numbers[0] {
		run++
	}
	return run
}

// appendPacked appends groups of eight numbers, the last filled up with zeros.
func appendPacked[T uint8 | uint32](dst []byte, numbers []T, width int) []byte {
	groups := (len(numbers) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	var pending uint64
	have := 0
	for i := range groups * 8 {
		if i < len(numbers) {
			pending |= uint64(numbers[i]) << have
		}
		for have += width; have >= 8; have -= 8 {
			dst = append(dst, byte(pending))
			pending >>= 8
		}
	}
	return dst
}

// bitWidth is how many bits the numbers up to the greatest need.
func bitWidth(greatest int) int { return bits.Len(uint(greatest)) }
