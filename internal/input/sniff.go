package input

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// sniff tells the format of text by how it begins; "" if it cannot. whole says
// that there is no more than head. Text without a character is of every format.
func sniff(head []byte, whole bool, formats []Format, o Options) (name string, delimiter rune) {
	text, _ := io.ReadAll(Decode(bytes.NewReader(head), o.Encoding)) // what is valid of it
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	requests := slices.Contains(Names(formats), "txt")
	switch {
	case len(trimmed) == 0:
		return "json", o.Delimiter
	case trimmed[0] == '{' || trimmed[0] == '[':
		return "json", o.Delimiter
	case trimmed[0] == '<' && requests:
		return "xml", o.Delimiter
	}
	if name, delimiter := sniffTable(text, whole, requests, o.Delimiter); name != "" {
		return name, delimiter
	}
	if requests && listsURLs(trimmed) {
		return "txt", o.Delimiter
	}
	return "", o.Delimiter
}

// listsURLs tells that the first line that is no comment is a URL. Text that is
// nothing but comments may be a list.
func listsURLs(text []byte) bool {
	for line := range bytes.Lines(bytes.ReplaceAll(text, []byte{'\r'}, []byte{'\n'})) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return bytes.Contains(line, []byte("://"))
		}
	}
	return true
}

// tells reports whether more text would tell nothing more about its format: it
// begins as JSON or XML does, or there are two lines.
func tells(head []byte) bool {
	_, mark := markOf(head)
	text := bytes.TrimLeft(head[mark:], " \t\r\n\x00")
	return len(text) > 0 && bytes.IndexByte([]byte("{[<"), text[0]) >= 0 ||
		bytes.Count(head, []byte{'\n'}) > 1 || bytes.Count(head, []byte{'\r'}) > 1
}

// sniffTable tells a table by rows of as many cells, two rows and two cells at
// least; one of requests by its column url.
func sniffTable(text []byte, whole, requests bool, given rune) (name string, delimiter rune) {
	_, length := separatorLine(text)
	delimiters := []rune{',', '\t', ';'}
	switch {
	case given != 0:
		delimiters = []rune{given}
	case length > 0:
		delimiters = []rune{0}
	}
	for _, delimiter := range delimiters {
		rows, columns, hasURL := shape(text, whole, delimiter)
		if requests && !hasURL || !requests && (rows < 2 || columns < 2) && length == 0 {
			continue
		}
		if delimiter == '\t' && given == 0 {
			return "tsv", 0
		}
		return "csv", delimiter
	}
	return "", 0
}

// shape reads as many rows as there are; none where they do not fit. A last row
// that may go on behind text does not count.
func shape(text []byte, whole bool, delimiter rune) (rows, columns int, hasURL bool) {
	table, err := newRecords(bytes.NewReader(text), delimiter)
	if err != nil {
		return 0, 0, false
	}
	for {
		cells, err := table.next()
		switch cut := !whole && len(table.scanner.text) == 0; {
		case errors.Is(err, io.EOF) || cut:
			return rows, columns, hasURL
		case err != nil:
			return 0, 0, false
		case rows == 0:
			columns = len(cells)
			hasURL = slices.ContainsFunc(cells, func(cell []byte) bool { return string(cell) == "url" })
		case len(cells) != columns:
			return 0, 0, false
		}
		rows++
	}
}
