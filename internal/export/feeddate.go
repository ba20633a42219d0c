package export

import (
	"bytes"
	"time"
)

// rfc822 is how RSS has dates, with a year of four digits.
const rfc822 = time.RFC1123Z

// feedDate reads the spellings of dates that items have.
func feedDate(text []byte) (date time.Time, ok bool) {
	const day = len(time.DateOnly)
	var layouts []string
	switch {
	case len(text) < day || len(text) > len("2006-01-02T15:04:05.999999999+00:00"):
		return date, false
	case text[0] < '0' || text[0] > '9':
		layouts = []string{time.RFC1123Z, time.RFC1123}
	case len(text) == day:
		layouts = []string{time.DateOnly}
	case text[day] == ' ':
		layouts = []string{time.DateTime}
	case text[day] == 'T' && bytes.ContainsAny(text[day:], "Z+-"):
		layouts = []string{time.RFC3339}
	case text[day] == 'T':
		layouts = []string{"2006-01-02T15:04:05"}
	}
	for _, layout := range layouts {
		if date, err := time.Parse(layout, string(text)); err == nil {
			return date, true
		}
	}
	return date, false
}
