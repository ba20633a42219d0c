package export

import (
	"errors"
	"testing"
)

// No format gets what is not UTF-8, and the item is named, wherever pages begin.
func TestOnlyUTF8(t *testing.T) {
	items := [][]byte{[]byte(`{"id":1,"a":"é"}`), []byte(`{"id":2,"a":"b"}`), []byte("{\"id\":3,\"a\":\"caf\xe9\"}"), []byte(`{"id":4,"a":"c"}`)}
	for _, format := range Formats() {
		for _, size := range []int{1, 2, 4} {
			for _, fields := range [][]string{nil, {"a"}} {
				_, err := export(t, inPages(items, size), format.Name, Options{Fields: fields})
				item, ok := errors.AsType[*ItemError](err)
				if !ok || item.Item != 3 || !errors.Is(err, errNotUTF8) {
					t.Errorf("%s, pages of %d, fields %q: error %v, want one of item 3", format.Name, size, fields, err)
				}
			}
		}
	}
}
