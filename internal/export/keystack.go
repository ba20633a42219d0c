package export

import (
	"bytes"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// keyStack notices keys that repeat in one object. The keys of the objects
// around it are below its own on the stack.
type keyStack struct {
	keys [][]byte        // quoted
	seen map[string]bool // decoded keys of the object that has many; nil for others
	of   int             // the mark of that object
}

// manyKeys is from where a map is faster than looking at all keys.
const manyKeys = 48

func (s *keyStack) begin() int { return len(s.keys) }

func (s *keyStack) end(mark int) {
	s.keys = s.keys[:mark]
	if s.of >= mark {
		s.seen = nil
	}
}

// repeats notes a key of the object that began at mark.
func (s *keyStack) repeats(mark int, quoted []byte) bool {
	if hasBackslash(quoted) {
		plain := rawjson.AppendUnquoted([]byte{'"'}, quoted)
		plain = append(plain, '"')
		quoted = plain
	}
	own := s.keys[mark:]
	if len(own) >= manyKeys {
		return s.repeatsMany(mark, quoted)
	}
	for _, key := range own {
		if len(key) == len(quoted) && bytes.Equal(key, quoted) {
			return true
		}
	}
	s.keys = append(s.keys, quoted)
	return false
}

func (s *keyStack) repeatsMany(mark int, quoted []byte) bool {
	if s.seen == nil || s.of != mark {
		s.seen, s.of = make(map[string]bool), mark
		for _, key := range s.keys[mark:] {
			s.seen[string(key)] = true
		}
	}
	if s.seen[string(quoted)] {
		return true
	}
	s.seen[string(quoted)] = true
	s.keys = append(s.keys, quoted)
	return false
}
