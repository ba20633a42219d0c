package local

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestCleanItemCount(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	counts := func(clean, all int64) {
		t.Helper()
		object := s.want(200, "GET", "/datasets/~d", "").data(t)
		if object["cleanItemCount"] != float64(clean) || object["itemCount"] != float64(all) {
			t.Errorf("%v of %v are clean, want %d of %d", object["cleanItemCount"], object["itemCount"], clean, all)
		}
	}
	counts(0, 0)
	s.want(201, "POST", "/datasets/~d/items", `[{"n":1},{},{"#debug":1},{"#debug":1,"n":null},{"":0}]`)
	counts(3, 5)
	items := s.want(200, "GET", "/datasets/~d/items?clean=1&format=jsonl", "").body
	if strings.Count(items, "\n") != 3 {
		t.Errorf("%s", items)
	}
	name := filepath.Join(s.dir, "datasets", "d", itemName(1))
	writeFile(t, name, `{}`)
	counts(2, 5)
	writeFile(t, name, `{"n":`)
	counts(5, 5)
	writeFile(t, name, `{"n":1}`)
	s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 1000-5))
	counts(1000-2, 1000)
	s.want(201, "POST", "/datasets/~d/items", `{}`)
	counts(1000+1, 1000+1)
	if list := s.want(200, "GET", "/datasets?unnamed=0", "").body; !strings.Contains(list, fmt.Sprintf(`"cleanItemCount":%d`, 1000+1)) {
		t.Errorf("%s", list)
	}
}
