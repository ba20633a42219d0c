package rawjson

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestEndsByBlock(t *testing.T) {
	for name, text := range map[string]string{
		"none":                     `[]`,
		"scalars":                  `[1,"a",null]`,
		"white space":              " [\n {\"a\":1} ,\t[2] ,{} \r\n] \n",
		"brackets in strings":      `[{"a":"]},{["},{"b":"[[[["}]`,
		"escaped quotes":           `[{"a":"\"}"},{"b":"\\"},{"c":"\\\"]"}]`,
		"a backslash at an edge":   `[{"a":"` + strings.Repeat("x", Block-9) + `\"}"},{"b":"` + strings.Repeat("y", 2*Block) + `\\"}]`,
		"backslashes over an edge": `[{"a":"` + strings.Repeat(`\\`, Block) + `"},{"a":"` + strings.Repeat(`\"`, Block) + `"}]`,
		"not ASCII":                `[{"ключ":"значение ] }"},{"😀":"\ud83d\ude00"}]`,
		"near brackets":            `[{"a":"^_~|\u007f"},{"b":[["Z["]]}]`,
		"nested as deep as fits":   `[` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + `]`,
		"nested deeper":            `[{"a":` + strings.Repeat("[", 3*maxDepth) + strings.Repeat("]", 3*maxDepth) + `}]`,
		"nothing":                  ``,
		"an object":                `{"a":[]}`,
		"one behind the other":     `[{"a":1}][{"a":1}]`,
		"other things between":     `[{"a":1};{"a":1}]`,
		"a comma at the end":       `[{"a":1},]`,
		"no comma":                 `[{"a":1}{"a":1}]`,
		"a scalar behind":          `[{"a":1},2,{"a":1}]`,
		"wrong bracket":            `[{"a":[1}},{"a":1}]`,
		"a backslash outside":      `[{"a":1\,"b":"x"},{"a\":1}]`,
		"cut in a string":          `[{"a":1},{"a":"x`,
		"cut in an item":           `[{"a":1},{"a":[1]`,
		"cut behind an item":       `[{"a":1},{"a":[1]}`,
		"cut behind a comma":       `[{"a":1},`,
		"cut in white space":       `[{"a":1} , `,
		"cut behind a backslash":   `[{"a":"\`,
	} {
		t.Run(name, func(t *testing.T) {
			for pad := range Block {
				checkEnds(t, strings.Repeat(" ", pad)+text)
			}
		})
	}
}

// Items of all lengths, so that everything comes at every place in a block.
func TestEndsOfManyItems(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteByte('[')
	for i := range 2000 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"n":%d,"s":"%s%s","l":[{},[%d]]}`, i, strings.Repeat("x", r.IntN(80)), strings.Repeat(`\"`, r.IntN(3)), i)
	}
	text.WriteByte(']')
	ends, ok := endsByBlock([]byte(text.String()), nil)
	if !ok || len(ends) != 2000 {
		t.Errorf("%d ends, %t", len(ends), ok)
	}
	checkEnds(t, text.String())
}

// Objects are found by blocks, which is several times as fast, whatever they end with.
func TestEndsByBlockOfObjects(t *testing.T) {
	for _, text := range []string{`[{"a":1},{"a":2}]`, "[ {\"a\":1} ,\n{\"a\":2} ]", `[{"a":"x"}]`, `[{},{}]`} {
		if ends, ok := endsByBlock([]byte(text), nil); !ok {
			t.Errorf("%s: not by blocks, %v", text, ends)
		}
	}
}

func TestEndsAreAppended(t *testing.T) {
	for _, text := range []string{`[{},{}]`, `[1 ,2]`} {
		ends, err := Ends([]byte(text), []int{7})
		if err != nil || len(ends) != 3 || ends[0] != 7 {
			t.Errorf("%s: %v, %v", text, ends, err)
		}
	}
}

func TestFollowing(t *testing.T) {
	const text = `[ {"a":1} , {"b":2},{"c":3}]`
	ends, err := Ends([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	starts := []int{Following([]byte(text), 0)}
	for _, end := range ends[:len(ends)-1] {
		starts = append(starts, Following([]byte(text), end))
	}
	if want := []int{2, 12, 20}; !slices.Equal(starts, want) {
		t.Errorf("elements start at %v, want %v", starts, want)
	}
}

func FuzzEnds(f *testing.F) {
	for _, text := range []string{`[]`, `[{"a":"\\\""},[[{}]] , {"b":1}]`, `[{"a":1},{"b":"]`, `[{"a":1}{}]`, `[1,{"a":[}]`} {
		f.Add(text)
		f.Add(strings.Repeat(" ", Block-3) + text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkEnds(t, text) })
}

// checkEnds compares the two ways to find ends.
func checkEnds(t *testing.T, text string) {
	t.Helper()
	want, wantErr := endsByElement([]byte(text), nil)
	got, err := Ends([]byte(text), nil)
	if !slices.Equal(got, want) || !reflect.DeepEqual(err, wantErr) {
		t.Errorf("%q:\ngot  %v, %v\nwant %v, %v", text, got, err, want, wantErr)
	}
}

// ugly are texts on which one way to find ends may be much slower than on others.
func ugly() map[string]string {
	one := func(item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", 1<<20/len(item)), ",") + "]"
	}
	return map[string]string{
		"records":   one(`{"url":"https://shop.example.com/p/1","price":{"amount":12.50,"currency":"EUR"},"tags":["a","bc"],"text":"Some words that say little, \"quoted\" here\nand there","stock":12,"seen":true}`),
		"short":     one(`{"a":"b","c":"d","e":1,"f":[],"g":""}`),
		"long text": one(`{"html":"` + strings.Repeat("<p>Some words that say little</p>", 200) + `"}`),
		"escapes":   one(`{"text":"` + strings.Repeat(`\"a\\\n`, 50) + `"}`),
		"nested":    one(`{"a":` + strings.Repeat(`{"b":[`, 20) + strings.Repeat(`]}`, 20) + `}`),
		"cyrillic":  one(`{"текст":"` + strings.Repeat("немного слов ", 20) + `"}`),
		"spaced":    one("{\n  \"a\": 1,\n  \"b\": [\n    \"c\",\n    \"d\"\n  ]\n}"),
	}
}

func BenchmarkEnds(b *testing.B) {
	for name, text := range ugly() {
		for way, find := range map[string]func([]byte, []int) ([]int, error){"blocks": Ends, "elements": endsByElement} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				array := []byte(text)
				var ends []int
				var err error
				for b.Loop() {
					if ends, err = find(array, ends[:0]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func TestWithout(t *testing.T) {
	for _, c := range []struct {
		name, array, want string
		drop              []bool
	}{
		{"nothing", ` [1, 2]`, ` [1, 2]`, []bool{false, false}},
		{"first", `[1,{"a":[2]},3]`, `[{"a":[2]},3]`, []bool{true, false, false}},
		{"middle", `[1,{"a":[2]},3]`, `[1,3]`, []bool{false, true, false}},
		{"all", `[1,2]`, `[]`, []bool{true, true}},
		{"spaces", "\n [ 1 ,\t2 , \"3\" ] ", `[1,"3"]`, []bool{false, true, false}},
		{"empty", `[]`, `[]`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ends, err := Ends([]byte(c.array), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, dropped := Without([]byte(c.array), ends, c.drop)
			want := 0
			for _, d := range c.drop {
				if d {
					want++
				}
			}
			if string(got) != c.want || dropped != want {
				t.Errorf("%q and %d dropped, want %q and %d", got, dropped, c.want, want)
			}
		})
	}
}
