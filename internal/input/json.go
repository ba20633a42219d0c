package input

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// readJSON reads an array of objects, or objects one after the other with any
// white space between them, as in JSON Lines. The bytes of an object are kept.
func readJSON(r io.Reader, _ Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		buffered := bufio.NewReader(decoded(r))
		first, err := firstByte(buffered)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(Row{}, err)
			return
		}
		decoder := json.NewDecoder(buffered)
		array := first == '['
		if array {
			if _, err := decoder.Token(); err != nil {
				yield(Row{}, err)
				return
			}
		}
		for count := 1; !array || decoder.More(); count++ {
			row, err := readObject(decoder, count)
			if !array && errors.Is(err, io.EOF) {
				return
			}
			if err = cut(err); !yield(row, err) || err != nil {
				return
			}
		}
		if err := endOfArray(decoder); err != nil {
			yield(Row{}, err)
		}
	}
}

// readObject returns io.EOF, unwrapped, only between two objects.
func readObject(decoder *json.Decoder, count int) (Row, error) {
	position := fmt.Sprintf("item %d", count)
	var raw json.RawMessage
	switch err := decoder.Decode(&raw); {
	case errors.Is(err, io.EOF):
		return Row{}, io.EOF
	case err != nil:
		return Row{}, fmt.Errorf("%s: %w", position, cut(err))
	case raw[0] != '{':
		return Row{}, fmt.Errorf("%s is not a JSON object", position)
	}
	return Row{JSON: raw, Position: position}, nil
}

func endOfArray(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("the array: %w", cut(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the array")
	}
	return nil
}

// cut names an end of input where a value is not finished.
func cut(err error) error {
	if err == io.EOF { //nolint:errorlint // a wrapped one has been named already
		return io.ErrUnexpectedEOF
	}
	return err
}

// firstByte looks at the first byte that is not white space.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		c, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c, r.UnreadByte()
	}
}
