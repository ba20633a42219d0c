package export

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"
)

// handed yields pages, and then an error unless it is nil.
func handed(pages []string, err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, page := range pages {
			if !yield([]byte(page), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// However items come in pages, blocks are the same.
func TestBlocksDependOnItemsAlone(t *testing.T) {
	var items []string
	for i := range 5000 {
		items = append(items, fmt.Sprintf(`{"n":%d,"text":%q}`, i, strings.Repeat("x", i%997)))
	}
	items[7] = "7"
	items[4000] = `"` + strings.Repeat("long", blockSize/2) + `"`
	var first []string
	for _, size := range []int{1, 7, 1000, len(items)} {
		var pages []string
		for rest := items; len(rest) > 0; {
			n := min(size, len(rest))
			pages = append(pages, " [ "+strings.Join(rest[:n], " ,\n")+" ]\n", "[]")
			rest = rest[n:]
		}
		released := 0
		var got []string
		for block, err := range blocks(Pages{All: handed(pages, nil), Release: func([]byte) { released++ }}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(block))
		}
		if first == nil {
			first = got
			if len(first) < 3 || "["+strings.Join(items, ",")+"]" != strings.ReplaceAll(strings.Join(first, ""), "][", ",") {
				t.Fatalf("%d blocks do not hold the items", len(first))
			}
		}
		if strings.Join(got, "\n") != strings.Join(first, "\n") {
			t.Errorf("pages of %d make other blocks", size)
		}
		if released != len(pages) {
			t.Errorf("%d of %d pages were released", released, len(pages))
		}
	}
}

func TestBlocksEnd(t *testing.T) {
	broke := errors.New("broke")
	for name, c := range map[string]struct {
		pages []string
		err   error
		want  string
	}{
		"nothing":         {nil, nil, ""},
		"empty pages":     {[]string{"[]", " [ ] "}, nil, ""},
		"an error":        {[]string{"[1]"}, broke, "broke"},
		"a broken page":   {[]string{"[1]", "[2,3"}, nil, "[1] [2,3"},
		"the first is so": {[]string{"nonsense", "[1]"}, nil, "nonsense"},
	} {
		var got []string
		for block, err := range blocks(PagesOf(handed(c.pages, c.err))) {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, string(block))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
	taken := 0
	large := "[" + strings.Repeat(`"`+strings.Repeat("x", blockSize)+`",`, 3) + "1]"
	blocks(PagesOf(handed([]string{large}, nil)))(func([]byte, error) bool {
		taken++
		return false
	})
	if taken != 1 {
		t.Errorf("%d blocks were handed to who wanted one", taken)
	}
	full := strings.Repeat("x", blockSize-len(`["`)-len(`"`))
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"just full":      {full, "1048577 3"},
		"not quite full": {full[1:], "1048578"},
	} {
		var sizes []string
		for block, err := range blocks(PagesOf(handed([]string{`["` + c.text + `",1]`}, nil))) {
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, strconv.Itoa(len(block)))
		}
		if got := strings.Join(sizes, " "); got != c.want {
			t.Errorf("%s: blocks of %s bytes, want %s", name, got, c.want)
		}
	}
}
