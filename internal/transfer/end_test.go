package transfer

import (
	"slices"
	"testing"
)

func TestParseEnd(t *testing.T) {
	for text, want := range map[string][3]string{
		"books":                          {"", "", "books"},
		"john/books":                     {"", "", "john/books"},
		"cloud:john~books":               {"cloud", "", "john~books"},
		"local:storage/books":            {"local", "storage", "books"},
		"local:/data/s/books":            {"local", "/data/s", "books"},
		"local:/books":                   {"local", "/", "books"},
		"work:books":                     {"work", "", "books"},
		"local:s/key_value_stores/books": {"local", "s", "books"},
		"local:key_value_stores/books":   {"local", ".", "books"},
		`local:C:\storage\shoes`:         {"local", `C:\storage`, "shoes"},
		`local:c:\shoes`:                 {"local", `c:\`, "shoes"},
		`local:C:/storage/shoes`:         {"local", "C:/storage", "shoes"},
		`local:C:\s\datasets\shoes`:      {"local", `C:\s`, "shoes"},
		"https://api.apify.com/v2/datasets/abcdefghijklmnopq": {"", "", "https://api.apify.com/v2/datasets/abcdefghijklmnopq"},
	} {
		s, err := ParseEnd(text)
		if err != nil || s.Place != want[0] || s.Dir != want[1] || s.reference != want[2] {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
	}
	for text, want := range map[string][]string{
		"books":                          {"datasets", "kvs", "queues"},
		"local:s/key_value_stores/books": {"kvs"},
		"https://console.apify.com/storage/request-queues/abcdefghijklmnopq": {"queues"},
	} {
		s, err := ParseEnd(text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range Kinds() {
			if s.canBe(k) {
				got = append(got, k.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s can be %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", ":books", "local:books", "cloud:", "local:dir/", "work:a b"} {
		if s, err := ParseEnd(text); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
}
