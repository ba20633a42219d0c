package items

import (
	"slices"
	"testing"
)

func TestTopLevel(t *testing.T) {
	for name, test := range map[string]struct{ fields, want []string }{
		"nothing":                      {nil, nil},
		"plain ones":                   {[]string{"a", "b"}, []string{"a", "b"}},
		"a path with slashes":          {[]string{"a/b/0"}, []string{"a/b/0", "a"}},
		"a path with dots":             {[]string{"a.b"}, []string{"a.b", "a"}},
		"paths into the same":          {[]string{"a/b", "a/c"}, []string{"a/b", "a", "a/c"}},
		"a path that begins with none": {[]string{"/b"}, []string{"/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := TopLevel(test.fields); !slices.Equal(got, test.want) {
				t.Errorf("%q are asked for %q, want %q", test.fields, got, test.want)
			}
		})
	}
}

func TestFirstRows(t *testing.T) {
	for name, test := range map[string]struct {
		page    string
		most    int64
		limited bool
		want    string
		count   int64
	}{
		"all":                   {page: `[1,2,3]`, want: `[1,2,3]`, count: 3},
		"some":                  {page: `[1, 2, 3]`, most: 2, limited: true, want: `[1,2]`, count: 2},
		"fewer than are enough": {page: `[1]`, most: 2, limited: true, want: `[1]`, count: 1},
		"none":                  {page: `[1]`, limited: true, want: `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			cut, count, err := firstRows([]byte(test.page), test.most, test.limited)
			if err != nil || string(cut) != test.want || count != test.count {
				t.Errorf("%s, %d, %v; want %s, %d", cut, count, err, test.want, test.count)
			}
		})
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0%", 0.0001: "<0.1%", 0.5: "50%", 0.123: "12.3%", 0.9999: ">99.9%", 1: "100%"} {
		if got := percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}
