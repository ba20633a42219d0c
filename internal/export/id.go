package export

import (
	"bytes"
	"errors"
	"io"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// idEncoder writes the id of each item, or its key where it has no id, one a
// line and unquoted, for a shell to loop over.
type idEncoder struct {
	output
	items int64
}

var (
	errNoID       = errors.New("has neither an id nor a key")
	errLineInID   = errors.New("has a line end in its id")
	errIDNoObject = errors.New("is not an object: it has no id")
)

func newID(w io.Writer, _ Options) (encoder, error) {
	return sequential{&idEncoder{output: output{w: w}}}, nil
}

func (e *idEncoder) encodePage(page []byte) (int, error) {
	n := 0
	for item, err := range rawjson.Elements(page) {
		if err == nil {
			err = e.item(item)
		}
		if err != nil {
			return n, itemError(e.items+1, err)
		}
		n++
		e.items++
		if err := e.spill(); err != nil {
			return n, err
		}
	}
	return n, e.flush()
}

func (e *idEncoder) item(item []byte) error {
	if item[0] != '{' {
		return errIDNoObject
	}
	var id, key []byte
	for member, err := range rawjson.Members(item) {
		if err != nil {
			return err
		}
		switch member.Name() {
		case "id":
			id = member.Value
		case "key":
			key = member.Value
		}
	}
	value := id
	if !isID(value) {
		value = key
	}
	if !isID(value) {
		return errNoID
	}
	start := len(e.buf)
	if value[0] == '"' {
		e.buf = rawjson.AppendUnquoted(e.buf, value)
	} else {
		e.buf = append(e.buf, value...)
	}
	if bytes.ContainsAny(e.buf[start:], "\r\n") {
		return errLineInID
	}
	e.buf = append(e.buf, '\n')
	return nil
}

// isID reports whether a value can stand for an item: a number or a string
// that is not empty.
func isID(value []byte) bool {
	switch {
	case len(value) == 0:
		return false
	case value[0] == '"':
		return len(value) > len(`""`)
	}
	return value[0] == '-' || value[0] >= '0' && value[0] <= '9'
}

func (e *idEncoder) finish() error { return e.flush() }
