package export

import (
	"iter"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// blockSize is from how many bytes of items on a block is complete.
const blockSize = 1 << 20

// blocks cuts pages anew, at places that depend on the items alone, for formats
// whose bytes depend on where pages end. A page is released when its items were
// taken over.
func blocks(pages Pages) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var block []byte
		var ends []int
		for page, err := range pages.All {
			if err == nil {
				ends, err = rawjson.Ends(page, ends[:0])
				if err != nil {
					// What is wrong with it is told by who encodes it.
					if block == nil || yield(append(block, ']'), nil) {
						yield(page, nil)
					}
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			start := rawjson.SkipSpace(page, 0) + 1
			for i, end := range ends {
				if i == 0 {
					start = rawjson.SkipSpace(page, start)
				} else {
					start = rawjson.Following(page, ends[i-1])
				}
				if block == nil {
					block = append(make([]byte, 0, blockSize+blockSize/8), '[')
				} else {
					block = append(block, ',')
				}
				block = append(block, page[start:end]...)
				if len(block) >= blockSize {
					if !yield(append(block, ']'), nil) {
						return
					}
					block = nil
				}
			}
			if pages.Release != nil {
				pages.Release(page)
			}
		}
		if block != nil {
			yield(append(block, ']'), nil)
		}
	}
}
