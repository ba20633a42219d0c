package local

import "testing"

// A request that drops items has a count that is right, or none.
func TestTransformedAnswers(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/actor-runs/any/dataset/items", `[{"a":1,"#b":2},{"#b":3},{},{"a":[{"c":1},{"c":2}]}]`)
	for query, want := range map[string][2]string{
		"clean=1":                  {`[{"a":1},{"a":[{"c":1},{"c":2}]}]`, "2"},
		"unwind=a":                 {`[{"a":1,"#b":2},{"#b":3},{},{"c":1},{"c":2}]`, "5"},
		"unwind=a&desc=1":          {`[{"c":1},{"c":2},{},{"#b":3},{"a":1,"#b":2}]`, "5"},
		"skipEmpty=1&limit=3":      {`[{"a":1,"#b":2},{"#b":3}]`, "2"},
		"clean=1&offset=1&limit=2": {`[]`, "0"},
		"omit=a,%23b":              {`[{},{},{},{}]`, "4"},
	} {
		got := s.want(200, "GET", "/datasets/~default/items?"+query, "")
		if got.body != want[0] || got.header.Get("X-Apify-Pagination-Count") != want[1] {
			t.Errorf("%s: %s, %v", query, got.body, got.header)
		}
	}
	if got := s.want(200, "HEAD", "/datasets/~default/items?clean=1", ""); got.header.Get("X-Apify-Pagination-Count") != "2" {
		t.Errorf("%v", got.header)
	}
}

func TestSimplified(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/actor-runs/any/dataset/items", `{"url":"u","x":1,"pageFunctionResult":[{"b":1},{"b":2}]}`)
	got := s.want(200, "GET", "/datasets/~default/items?simplified=1", "")
	if want := `[{"url":"u","b":1},{"url":"u","b":2}]`; got.body != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
}
