package transfer

import (
	"fmt"
	"iter"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// part is a JSON array that one request takes.
type part struct {
	data  []byte
	count int64
}

// parts splits a JSON array into arrays of at most most bytes. It yields copies;
// a single item that is too large is an error.
func parts(page []byte, most int) iter.Seq2[part, error] {
	return func(yield func(part, error) bool) {
		current := part{data: []byte{'['}}
		for item, err := range rawjson.Elements(page) {
			if err == nil && len(item)+2 > most {
				err = fmt.Errorf("an item of %d bytes is larger than the API takes", len(item))
			}
			if err != nil {
				yield(part{}, err)
				return
			}
			if current.count > 0 && len(current.data)+len(item)+2 > most {
				if !yield(part{append(current.data, ']'), current.count}, nil) {
					return
				}
				current = part{data: []byte{'['}}
			}
			if current.count > 0 {
				current.data = append(current.data, ',')
			}
			current.data = append(current.data, item...)
			current.count++
		}
		if current.count > 0 {
			yield(part{append(current.data, ']'), current.count}, nil)
		}
	}
}
