package flatten

import (
	"slices"
	"testing"
)

func TestComparePaths(t *testing.T) {
	want := []string{
		"0", "1", "2", "02", "10", "99999999999999999999", "100000000000000000000", "", "/a", "#x", "a", "a/0", "a/1/z", "a/2", "a/10", "a/b", "a/B", "A/c", "ab", "B", "b", "é", "日本",
	}
	for i, a := range want {
		for j, b := range want {
			got := ComparePaths(a, b)
			if i == j && got != 0 || i != j && got == 0 {
				t.Errorf("%q and %q compare as %d", a, b, got)
			}
			if got != -ComparePaths(b, a) {
				t.Errorf("%q and %q: not antisymmetric", a, b)
			}
		}
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, ComparePaths)
	for _, pair := range [][2]string{{"2", "10"}, {"10", "a"}, {"a", "a/0"}, {"a/2", "a/10"}, {"a/10", "a/b"}, {"a/b", "ab"}, {"ab", "b"}} {
		if slices.Index(got, pair[0]) > slices.Index(got, pair[1]) {
			t.Errorf("%q is not before %q in %q", pair[0], pair[1], got)
		}
	}
	// Total: every triple agrees.
	for _, a := range want {
		for _, b := range want {
			for _, c := range want {
				if ComparePaths(a, b) < 0 && ComparePaths(b, c) < 0 && ComparePaths(a, c) >= 0 {
					t.Errorf("%q < %q < %q, but not %q < %q", a, b, c, a, c)
				}
			}
		}
	}
}
