package input

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// readLines reads a list of URLs, one a line. Blank lines and those that begin
// with # are passed over.
func readLines(r io.Reader, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		scanner := newScanner(Decode(r, o.Encoding))
		for {
			number := scanner.at.line()
			line, end, err := scanner.line(MaxLine, "a URL")
			if err == nil && bytes.IndexByte(line, 0) >= 0 {
				err = fmt.Errorf("line %d: a NUL character", number)
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			text := bytes.TrimSpace(line)
			if len(text) > 0 && text[0] != '#' && !yield(urlRow(text, fmt.Sprintf("line %d", number)), nil) {
				return
			}
			if len(end) == 0 {
				return
			}
		}
	}
}

// urlRow is a request of a URL.
func urlRow[T string | []byte](url T, position string) Row {
	return Row{JSON: append(rawjson.AppendQuoted([]byte(`{"url":`), url), '}'), Position: position}
}
