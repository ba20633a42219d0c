package shred

import "time"

const (
	timeLayout = "2006-01-02T15:04:05.000Z"
	millisADay = 24 * 60 * 60 * 1000
)

// parseTime reads a string such as 2024-02-29T23:59:59.000Z, of a year from 1 on.
func parseTime(s []byte) (millis int64, ok bool) {
	if len(s) != len(timeLayout) || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[23] != 'Z' {
		return 0, false
	}
	days, ok := parseDate(s[:10])
	hour, minute := pair(s[11:]), pair(s[14:])
	second, milli := pair(s[17:]), pair(s[20:])*10+int64(s[22]-'0')
	if !ok || hour > 23 || minute > 59 || second > 59 || s[22]-'0' > 9 || milli > 999 {
		return 0, false
	}
	return ((days*24+hour)*60+minute)*60_000 + second*1000 + milli, true
}

// parseDate reads a string such as 2024-02-29, of a year from 1 on.
func parseDate(s []byte) (days int64, ok bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	century, year, month, day := pair(s), pair(s[2:]), pair(s[5:]), pair(s[8:])
	if century > 99 || year > 99 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	year += century * 100
	if year == 0 || day > 28 && day > daysIn(year, month) {
		return 0, false
	}
	return daysSince1970(year, month, day), true
}

// pair is the number of two digits; what is none is beyond 99.
func pair(s []byte) int64 {
	tens, ones := s[0]-'0', s[1]-'0'
	if tens > 9 || ones > 9 {
		return 1000
	}
	return int64(tens)*10 + int64(ones)
}

func daysIn(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts in the Gregorian calendar, from March on so that the leap
// day is the last of a year.
func daysSince1970(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
}

// AppendTime appends the text of a Time.
func AppendTime(dst []byte, millis int64) []byte {
	return time.UnixMilli(millis).UTC().AppendFormat(dst, timeLayout)
}

// AppendDate appends the text of a Date.
func AppendDate(dst []byte, days int64) []byte {
	return time.UnixMilli(days*millisADay).UTC().AppendFormat(dst, time.DateOnly)
}
