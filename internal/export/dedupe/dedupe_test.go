package dedupe

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

func pagesOf(texts ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, text := range texts {
			if !yield([]byte(text), nil) {
				return
			}
		}
	}
}

// items are those that a filter leaves, joined.
func items(t *testing.T, f *Filter, pages iter.Seq2[[]byte, error]) string {
	t.Helper()
	var all []string
	for page, err := range f.Pages(pages) {
		if err != nil {
			t.Fatal(err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(page, &list); err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		for _, item := range list {
			all = append(all, string(item))
		}
	}
	return strings.Join(all, " ")
}

func TestFilter(t *testing.T) {
	for _, test := range []struct {
		name       string
		options    Options
		pages      []string
		want       string
		duplicates int64
		without    int64
	}{
		{"whole items", Options{}, []string{`[{"a":1},{"b":2}]`, `[{"a":1.0},{"b":3}]`}, `{"a":1} {"b":2} {"b":3}`, 2 - 1, 0},
		{"the last of whole items", Options{Last: true}, []string{`[{"a":1},{"b":2}]`, `[ {"a":1.0} , {"b":3} ]`}, `{"b":2} {"a":1.0} {"b":3}`, 1, 0},
		{"by a field", Options{By: []string{"id"}}, []string{`[{"id":1,"n":1},{"id":2},{"id":1,"n":2}]`}, `{"id":1,"n":1} {"id":2}`, 1, 0},
		{"the last by a field", Options{By: []string{"id"}, Last: true}, []string{`[{"id":1,"n":1},{"id":2},{"id":1,"n":2},{"id":1,"n":3}]`}, `{"id":2} {"id":1,"n":3}`, 2, 0},
		{"by two fields", Options{By: []string{"id", "a.b"}}, []string{`[{"id":1,"a":{"b":1}},{"id":1,"a":{"b":2}},{"id":1,"a":{"b":1}}]`}, `{"id":1,"a":{"b":1}} {"id":1,"a":{"b":2}}`, 1, 0},
		{"one field is missing", Options{By: []string{"id", "x"}}, []string{`[{"id":1},{"id":1,"x":null},{"id":1}]`}, `{"id":1} {"id":1,"x":null}`, 1, 0},
		{"no field is there", Options{By: []string{"id", "x"}}, []string{`[{"n":1},{"n":1},{"id":1}]`}, `{"n":1} {"n":1} {"id":1}`, 0, 2},
		{"a member that does not count", Options{Ignore: "from"}, []string{`[{"from":"a","n":1}]`, `[{"from":"b","n":1}]`}, `{"from":"a","n":1}`, 1, 0},
		{"a page that has nothing new", Options{}, []string{`[{"a":1}]`, `[{"a":1}]`, `[]`}, `{"a":1}`, 1, 0},
	} {
		for _, most := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s, %d in memory", test.name, most), func(t *testing.T) {
				test.options.most = most
				test.options.Dir = t.TempDir()
				f := New(test.options)
				got := items(t, f, pagesOf(test.pages...))
				if got != test.want || f.Duplicates != test.duplicates || f.Without != test.without {
					t.Errorf("%s, %d duplicates, %d without; want %s, %d, %d", got, f.Duplicates, f.Without, test.want, test.duplicates, test.without)
				}
				if again := items(t, f, pagesOf(test.pages...)); again != got {
					t.Errorf("the second time: %s", again)
				}
				checkNoLitter(t, test.options.Dir)
			})
		}
	}
}

func checkNoLitter(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// Whatever fits into memory, the result is that of a map.
func TestFilterAgainstAMap(t *testing.T) {
	for _, most := range []int{0, 3, 50, 5000} {
		for _, last := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d in memory, last %v", most, last), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(most), 1))
				var pages, all []string
				for range 60 {
					var page []string
					for range r.IntN(200) {
						page = append(page, fmt.Sprintf(`{"id":%d,"n":%d}`, r.IntN(4000), len(all)+len(page)))
					}
					all = append(all, page...)
					pages = append(pages, "["+strings.Join(page, ",")+"]")
				}
				want := expected(all, last)
				f := New(Options{By: []string{"id"}, Last: last, Dir: t.TempDir(), most: most})
				if got := items(t, f, pagesOf(pages...)); got != strings.Join(want, " ") || int(f.Duplicates) != len(all)-len(want) {
					t.Errorf("%d duplicates of %d items, want %d", f.Duplicates, len(all), len(all)-len(want))
				}
			})
		}
	}
}

func expected(all []string, last bool) (want []string) {
	if last {
		slices.Reverse(all)
		defer func() { slices.Reverse(want) }()
	}
	seen := map[string]bool{}
	for _, item := range all {
		id, _, _ := strings.Cut(item, ",")
		if !seen[id] {
			want = append(want, item)
		}
		seen[id] = true
	}
	return want
}

func TestFilterFails(t *testing.T) {
	broken := errors.New("broken")
	for name, pages := range map[string]iter.Seq2[[]byte, error]{
		"the source": func(yield func([]byte, error) bool) { _ = yield([]byte(`[{"a":1}]`), nil) && yield(nil, broken) },
		"a page":     pagesOf(`[{"a":1}]`, `[{"a":1}`),
		"an item":    pagesOf(`[{"a" 1}]`),
		"no list":    pagesOf(`{"a":1}`),
	} {
		for _, most := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s, %d in memory", name, most), func(t *testing.T) {
				var failed error
				for _, err := range New(Options{most: most, Dir: t.TempDir()}).Pages(pages) {
					failed = err
				}
				if failed == nil || name == "the source" && !errors.Is(failed, broken) {
					t.Errorf("the error is %v", failed)
				}
			})
		}
	}
}

// Who has enough ends everything.
func TestFilterIsBrokenOff(t *testing.T) {
	endless := func(yield func([]byte, error) bool) {
		for i, more := 0, true; more; i++ {
			more = yield(fmt.Appendf(nil, `[{"a":%d}]`, i), nil)
		}
	}
	count := 0
	for _, err := range New(Options{}).Pages(endless) {
		if count++; count == 10 || err != nil {
			break
		}
	}
	if count != 10 {
		t.Errorf("%d pages", count)
	}
	dir := t.TempDir()
	for _, err := range New(Options{Last: true, Dir: dir, most: 2}).Pages(pagesOf(`[1,2,3,4]`, `[5,6,7,8]`)) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	checkNoLitter(t, dir)
}

func TestUnseen(t *testing.T) {
	f := New(Options{By: []string{"id", "no/such"}})
	items(t, f, pagesOf(`[{"id":1}]`))
	if got := f.Unseen(); !slices.Equal(got, []string{"no/such"}) {
		t.Errorf("unseen: %v", got)
	}
}
