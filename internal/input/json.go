package input

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// readJSON reads an array of objects, or objects one after the other with any
// white space between them, as in JSON Lines. Only the white space in an object
// goes; everything else stays as it came.
func readJSON(r io.Reader, o Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		reader := jsonReader{scanner: newScanner(Decode(r, o.Encoding))}
		for {
			row, err := reader.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

type jsonReader struct {
	*scanner
	count int // objects that were read
	array bool
}

// next returns io.EOF behind the last object.
func (j *jsonReader) next() (Row, error) {
	found, err := j.space()
	if err != nil {
		return Row{}, err
	}
	if found && j.count == 0 && !j.array && j.text[0] == '[' {
		j.array = true
		j.pass(1)
		if found, err = j.space(); err != nil {
			return Row{}, err
		}
		if found && j.text[0] == ']' {
			return Row{}, j.end()
		}
	} else if j.array && found {
		switch j.text[0] {
		case ']':
			return Row{}, j.end()
		case ',':
			j.pass(1)
			if found, err = j.space(); err != nil {
				return Row{}, err
			}
		default:
			return Row{}, fmt.Errorf("%v: expected a comma or the end of the array", j.at)
		}
	}
	switch {
	case !found && j.array:
		return Row{}, fmt.Errorf("%v: the array is cut off", j.at)
	case !found:
		return Row{}, io.EOF
	}
	return j.object()
}

// space passes white space; it reports false at the end.
func (j *jsonReader) space() (bool, error) {
	for {
		j.pass(rawjson.SkipSpace(j.text, 0))
		if len(j.text) > 0 {
			return true, nil
		}
		if more, err := j.more(MaxItem, ""); !more {
			return false, err
		}
	}
}

// end passes the bracket at the end; nothing may follow.
func (j *jsonReader) end() error {
	j.pass(1)
	found, err := j.space()
	switch {
	case err != nil:
		return err
	case found:
		return fmt.Errorf("%v: something follows the end of the array", j.at)
	}
	return io.EOF
}

func (j *jsonReader) object() (Row, error) {
	j.count++
	row := Row{Position: fmt.Sprintf("item %d", j.count)}
	if j.text[0] != '{' {
		return Row{}, fmt.Errorf("%v: item %d is not a JSON object", j.at, j.count)
	}
	length, err := j.length()
	if err != nil {
		return Row{}, err
	}
	text := j.text[:length]
	if row.JSON, err = rawjson.AppendChecked(make(json.RawMessage, 0, length), text); err != nil {
		return Row{}, j.explain(err, text)
	}
	j.pass(length)
	return row, nil
}

// length is that of the object that text begins with.
func (j *jsonReader) length() (int, error) {
	for {
		length, err := rawjson.SkipValue(j.text, 0)
		if !errors.Is(err, rawjson.ErrIncomplete) {
			return length, j.explain(err, j.text)
		}
		// Twice as much each time, so that looking at it again costs little.
		before := len(j.text)
		for more := true; more && len(j.text) < min(2*before, MaxItem+1); {
			if more, err = j.more(MaxItem, fmt.Sprintf("item %d", j.count)); err != nil {
				return 0, err
			}
		}
		if len(j.text) > before {
			continue
		}
		if before > MaxItem {
			_, err = j.more(MaxItem, fmt.Sprintf("item %d", j.count))
			return 0, err
		}
		// What is wrong in it may be the reason that it has no end.
		_, err = rawjson.AppendChecked(nil, j.text)
		return 0, j.explain(err, j.text)
	}
}

// explain says where in an item something is wrong.
func (j *jsonReader) explain(err error, text []byte) error {
	if syntax, ok := errors.AsType[*rawjson.SyntaxError](err); ok {
		return fmt.Errorf("%v: item %d is not JSON: expected %s", j.at.behind(text[:syntax.Offset]), j.count, syntax.Want)
	}
	if errors.Is(err, rawjson.ErrIncomplete) {
		return fmt.Errorf("%v: item %d is cut off", j.at.behind(text), j.count)
	}
	return err
}
