package export

import (
	"strings"
	"testing"
)

// Dates of items become those of a feed, in all their spellings.
func TestFeedDates(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-01":                           "Wed, 01 May 2024 00:00:00 +0000",
		"0999-12-31":                           "Tue, 31 Dec 0999 00:00:00 +0000",
		"9999-12-31":                           "Fri, 31 Dec 9999 00:00:00 +0000",
		"2024-05-01 10:20:30":                  "Wed, 01 May 2024 10:20:30 +0000",
		"2024-05-01T10:20:30":                  "Wed, 01 May 2024 10:20:30 +0000",
		"2024-05-01T10:20:30Z":                 "Wed, 01 May 2024 10:20:30 +0000",
		"2024-05-01T10:20:30+02:00":            "Wed, 01 May 2024 10:20:30 +0200",
		"2024-05-01T10:20:30-02:00":            "Wed, 01 May 2024 10:20:30 -0200",
		"2024-05-01T10:20:30.123456789+02:00":  "Wed, 01 May 2024 10:20:30 +0200",
		"Wed, 01 May 2024 10:20:30 +0200":      "Wed, 01 May 2024 10:20:30 +0200",
		"Wed, 01 May 2024 10:20:30 GMT":        "Wed, 01 May 2024 10:20:30 +0000",
		"2024-5-1":                             "",
		"2024-05-1":                            "",
		"2024-02-30":                           "",
		"2024-05-01x":                          "",
		"2024-05-01T10:20":                     "",
		"1714558830000":                        "",
		"soon":                                 "",
		"/024-05-01":                           "",
		":024-05-01":                           "",
		"2024-05-01T10:20:30.1234567890+02:00": "",
	} {
		got, err := export(t, pagesOf(`[{"date":"`+text+`"}]`), "rss", Options{})
		_, date, dated := strings.Cut(got, "<pubDate>")
		date, _, _ = strings.Cut(date, "</pubDate>")
		if err != nil || dated != (want != "") || date != want {
			t.Errorf("%s became %q, %v, want %q", text, date, err, want)
		}
	}
}
