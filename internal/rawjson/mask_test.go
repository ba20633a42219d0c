package rawjson

import (
	"math/rand/v2"
	"testing"
)

// What processors do 16 bytes at a time is what a look at each byte gives.
func TestMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, blocks := range []int{1, 2, 33} {
		text := make([]byte, blocks*Block+7)
		for range 50 {
			for i := range text {
				text[i] = byte(r.Uint32())
				if r.IntN(3) > 0 {
					text[i] = "\"[]{},\n\\aZ\x00|}"[r.IntN(13)]
				}
			}
			quotes, brackets, commas := make([]uint64, blocks), make([]uint64, blocks), make([]uint64, blocks)
			classify(quotes, brackets, text)
			Masks(commas, text, ',')
			slowQuotes, slowBrackets := make([]uint64, blocks), make([]uint64, blocks)
			classifyEach(slowQuotes, slowBrackets, text)
			for i, c := range text[:blocks*Block] {
				marked := func(masks []uint64) bool { return masks[i/Block]>>(i%Block)&1 == 1 }
				if marked(quotes) != (c == '"') || marked(slowQuotes) != (c == '"') || marked(commas) != (c == ',') {
					t.Fatalf("%q at %d: quote %v and %v, comma %v", c, i, marked(quotes), marked(slowQuotes), marked(commas))
				}
				bracket := c == '[' || c == ']' || c == '{' || c == '}'
				may := bracket || c >= 0x7b || c == '\\' || c >= '[' && c <= '_'
				for _, found := range []bool{marked(brackets), marked(slowBrackets)} {
					if bracket && !found || found && !may {
						t.Fatalf("%q at %d: taken for a bracket: %v", c, i, found)
					}
				}
			}
		}
	}
	Masks(nil, nil, ',')
}
