package copycmd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParseSide(t *testing.T) {
	for text, want := range map[string][3]string{
		"books":                          {"", "", "books"},
		"john/books":                     {"", "", "john/books"},
		"cloud:john~books":               {"cloud", "", "john~books"},
		"local:storage/books":            {"local", "storage", "books"},
		"local:/data/s/books":            {"local", "/data/s", "books"},
		"local:/books":                   {"local", "/", "books"},
		"work:books":                     {"work", "", "books"},
		"local:s/key_value_stores/books": {"local", "s", "books"},
		"https://api.apify.com/v2/datasets/abcdefghijklmnopq": {"", "", "https://api.apify.com/v2/datasets/abcdefghijklmnopq"},
	} {
		s, err := parseSide(text)
		if err != nil || s.place != want[0] || s.dir != want[1] || s.reference != want[2] {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
	}
	for text, want := range map[string][]string{
		"books":                          {"datasets", "kvs", "queues"},
		"local:s/key_value_stores/books": {"kvs"},
		"https://console.apify.com/storage/request-queues/abcdefghijklmnopq": {"queues"},
	} {
		s, err := parseSide(text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range allKinds() {
			if s.canBe(k) {
				got = append(got, k.name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s can be %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", ":books", "local:books", "cloud:", "local:dir/", "work:a b"} {
		if s, err := parseSide(text); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
}

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
