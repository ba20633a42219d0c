package input

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// readCSV reads a header and rows of as many cells. A cell becomes a member
// under its column's name; an empty one is left out. Cells that are spelled
// as JSON spells numbers and booleans become such, unless the options say
// otherwise: the text stays the same, so 1.0 remains 1.0 and 007 a string.
func readCSV(r io.Reader, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := readTable(r, o, yield); err != nil {
			yield(Row{}, err)
		}
	}
}

func readTable(r io.Reader, o Options, yield func(Row, error) bool) error {
	rows, err := newRecords(Decode(r, o.Encoding), o.Delimiter)
	if err != nil {
		return err
	}
	names, err := readHeader(rows)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	for {
		cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(cells) != len(names) {
			return fmt.Errorf("line %d: there are %d cells, and %d columns in the header", rows.line, len(cells), len(names))
		}
		if !yield(Row{JSON: object(names, cells, o.Strings), Position: fmt.Sprintf("line %d", rows.line)}, nil) {
			return nil
		}
	}
}

// readHeader returns the columns' names as JSON strings.
func readHeader(rows *records) ([][]byte, error) {
	header, err := rows.next()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	names := make([][]byte, len(header))
	for i, name := range header {
		if len(name) == 0 {
			return nil, fmt.Errorf("column %d has no name in the header", i+1)
		}
		if seen[string(name)] {
			return nil, fmt.Errorf("the header names column %q twice", name)
		}
		seen[string(name)] = true
		names[i] = rawjson.AppendQuoted(nil, name)
	}
	return names, nil
}

func object(names, cells [][]byte, asStrings bool) []byte {
	row := []byte{'{'}
	for i, cell := range cells {
		if len(cell) == 0 {
			continue
		}
		if len(row) > 1 {
			row = append(row, ',')
		}
		row = append(append(row, names[i]...), ':')
		if text := string(cell); !asStrings && (text == "true" || text == "false" || isNumber(text)) {
			row = append(row, cell...)
		} else {
			row = rawjson.AppendQuoted(row, cell)
		}
	}
	return append(row, '}')
}

// exactDigits is how many significant digits every reader of JSON keeps, also
// those that read numbers as 64-bit floating point.
const exactDigits = 15

// isNumber tells whether the text is a JSON number that loses nothing in
// floating point. Longer ones, such as IDs, are safer as text.
func isNumber(text string) bool {
	if c := text[0]; c != '-' && (c < '0' || c > '9') || !json.Valid([]byte(text)) {
		return false
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return false
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	digits := strings.TrimLeft(strings.Replace(strings.TrimPrefix(mantissa, "-"), ".", "", 1), "0")
	return len(digits) <= exactDigits
}
