package rawjson

func masks(masks []uint64, text []byte, c byte) {
	maskBlocks(&masks[0], &text[0], len(masks), c)
}

func classify(quotes, brackets []uint64, text []byte) {
	classifyBlocks(&quotes[0], &brackets[0], &text[0], len(quotes))
}

// maskBlocks and classifyBlocks do the same as Mask and classifyBlock do for one
// block, 16 bytes at a time.

//go:noescape
func maskBlocks(masks *uint64, text *byte, blocks int, c byte)

//go:noescape
func classifyBlocks(quotes, brackets *uint64, text *byte, blocks int)
