package export

import (
	"bytes"
	"testing"
)

// Blocks come back from memory and from a file alike, and no file is made before
// memory is full.
func TestBlockSpool(t *testing.T) {
	for name, test := range map[string]struct {
		sizes  []int
		inFile bool
	}{
		"nothing":             {nil, false},
		"small ones":          {[]int{10, 0, 20}, false},
		"a full one":          {[]int{spoolMemory}, false},
		"two that fill it":    {[]int{1000, spoolMemory - 1000}, false},
		"one byte too much":   {[]int{1000, spoolMemory - 999}, true},
		"a large one":         {[]int{spoolMemory + 1}, true},
		"some behind another": {[]int{10, spoolMemory, 20, 0, 30}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := &blockSpool{dir: dir}
			for round := range 2 {
				for i, size := range test.sizes {
					if err := s.add(bytes.Repeat([]byte{byte('a' + i)}, size), i, size+1); err != nil {
						t.Fatal(err)
					}
				}
				if inFile := s.file != nil; inFile != test.inFile {
					t.Errorf("round %d: in a file: %v, want %v", round, inFile, test.inFile)
				}
				if len(s.blocks) != len(test.sizes) {
					t.Fatalf("round %d: %d blocks", round, len(s.blocks))
				}
				for i, block := range s.blocks {
					got := make([]byte, test.sizes[i])
					if _, err := s.source().ReadAt(got, block.at); err != nil && len(got) > 0 || bytes.Trim(got, string(rune('a'+i))) != nil && len(got) > 0 {
						t.Errorf("round %d: block %d at %d: %v, %.20q", round, i, block.at, err, got)
					}
					if block.items != i || block.bytes != test.sizes[i]+1 {
						t.Errorf("round %d: block %d has %d items of %d bytes", round, i, block.items, block.bytes)
					}
				}
				if err := s.empty(); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.close(); err != nil || left(t, dir) != "" {
				t.Errorf("after close: %v, left %s", err, left(t, dir))
			}
		})
	}
}
