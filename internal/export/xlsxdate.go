package export

import "time"

// excelDate reads an ISO 8601 date, or a date with a time, as the number of
// days that spreadsheets count with, in UTC. Text that has more to it than
// they can hold stays text: years before 1900, whose days Excel counts wrong up
// to February, and fractions beyond milliseconds.
func excelDate(text []byte) (serial float64, hasTime, ok bool) {
	const shortest = len("2006-01-02")
	if len(text) < shortest || len(text) > len("2006-01-02T15:04:05.000+00:00") ||
		text[4] != '-' || text[7] != '-' || text[0] < '1' || text[0] > '9' {
		return 0, false, false
	}
	date, hasTime, ok := parseDate(text)
	if !ok || date.Before(time.Date(1900, time.March, 1, 0, 0, 0, 0, time.UTC)) || date.Year() > 9999 {
		return 0, false, false
	}
	const dayMilliseconds = 24 * 60 * 60 * 1000
	since := date.UnixMilli() - time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).UnixMilli()
	return float64(since/dayMilliseconds) + float64(since%dayMilliseconds)/dayMilliseconds, hasTime, true
}

func parseDate(text []byte) (date time.Time, hasTime, ok bool) {
	if len(text) == len(time.DateOnly) {
		date, err := time.Parse(time.DateOnly, string(text))
		return date, false, err == nil
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if date, err := time.Parse(layout, string(text)); err == nil {
			return date.UTC(), true, date.Nanosecond()%int(time.Millisecond) == 0
		}
	}
	return date, false, false
}
