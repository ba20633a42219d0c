package export

import (
	"fmt"
	"testing"
)

// A key repeats where its own object has it, not where one around or before has,
// however many keys they have.
func TestKeyStack(t *testing.T) {
	const few, many = 3, 2 * manyKeys
	key := func(i int) []byte { return fmt.Appendf(nil, `"key %d"`, i) }
	for name, test := range map[string]struct{ outer, inner int }{
		"few in few": {few, few}, "few in many": {many, few}, "many in few": {few, many}, "many in many": {many, many}, "many in none": {0, many}, "around the map": {manyKeys, manyKeys + 1},
	} {
		var s keyStack
		for range 2 { // objects that come one after the other
			outer := s.begin()
			for i := range test.outer {
				if s.repeats(outer, key(i)) {
					t.Fatalf("%s: key %d is new", name, i)
				}
			}
			for range 2 {
				inner := s.begin()
				for i := range test.inner {
					if s.repeats(inner, key(i)) {
						t.Fatalf("%s: key %d is new in the inner object", name, i)
					}
				}
				for i := range test.inner {
					if !s.repeats(inner, key(i)) || !s.repeats(inner, fmt.Appendf(nil, `"\u006bey %d"`, i)) {
						t.Fatalf("%s: key %d is not new in the inner object", name, i)
					}
				}
				s.end(inner)
			}
			for i := range test.outer {
				if !s.repeats(outer, key(i)) {
					t.Fatalf("%s: key %d is not new", name, i)
				}
			}
			if s.repeats(outer, key(test.outer)) || !s.repeats(outer, key(test.outer)) {
				t.Fatalf("%s: a key behind the inner objects", name)
			}
			s.end(outer)
		}
	}
}
