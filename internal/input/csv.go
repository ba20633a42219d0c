package input

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// readCSV reads a header and rows of as many cells. A cell becomes a member
// under its column's name; an empty one is left out. Cells that are spelled
// as JSON spells numbers and booleans become such, unless the options say
// otherwise: the text stays the same, so 1.0 remains 1.0 and 007 a string.
func readCSV(r io.Reader, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		reader := csv.NewReader(decoded(r))
		reader.ReuseRecord = true
		if o.Delimiter != 0 {
			reader.Comma = o.Delimiter
		}
		names, err := readHeader(reader)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				yield(Row{}, err)
			}
			return
		}
		for {
			cells, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			line, _ := reader.FieldPos(0)
			row := Row{JSON: object(names, cells, o.Strings), Position: fmt.Sprintf("line %d", line)}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// readHeader returns the columns' names as JSON strings.
func readHeader(reader *csv.Reader) ([][]byte, error) {
	header, err := reader.Read()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	names := make([][]byte, len(header))
	for i, name := range header {
		if name == "" {
			return nil, fmt.Errorf("column %d has no name in the header", i+1)
		}
		if seen[name] {
			return nil, fmt.Errorf("the header names column %q twice", name)
		}
		seen[name] = true
		if names[i], err = json.Marshal(name); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func object(names [][]byte, cells []string, asStrings bool) []byte {
	row := []byte{'{'}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		if len(row) > 1 {
			row = append(row, ',')
		}
		row = append(row, names[i]...)
		row = append(row, ':')
		if !asStrings && (cell == "true" || cell == "false" || isNumber(cell)) {
			row = append(row, cell...)
			continue
		}
		quoted, _ := json.Marshal(cell) // a string never fails
		row = append(row, quoted...)
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
