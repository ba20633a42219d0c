//go:build !amd64

package rawjson

func masks(masks []uint64, text []byte, c byte) {
	for i := range masks {
		masks[i] = Mask((*[Block]byte)(text[i*Block:]), c)
	}
}

func classify(quotes, brackets []uint64, text []byte) { classifyEach(quotes, brackets, text) }
