package transfer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestParts(t *testing.T) {
	var items []string
	for i := range 100 {
		items = append(items, fmt.Sprintf(`{"n":%d,"text":%q}`, i, strings.Repeat("x", i%17)))
	}
	page := "[" + strings.Join(items, ",") + "]"
	for _, most := range []int{40, 41, 100, 1 << 20} {
		var all []string
		for part, err := range parts([]byte(page), most) {
			if err != nil {
				t.Fatal(err)
			}
			var some []json.RawMessage
			if err := json.Unmarshal(part.data, &some); err != nil || int64(len(some)) != part.count || len(part.data) > most {
				t.Fatalf("most %d: %s, %v", most, part.data, err)
			}
			for _, item := range some {
				all = append(all, string(item))
			}
		}
		if strings.Join(all, ",") != strings.Join(items, ",") {
			t.Errorf("most %d: items were lost or changed", most)
		}
	}
	for _, err := range parts([]byte(page), 20) {
		if err != nil {
			return
		}
	}
	t.Error("an item that is too large is no error")
}
