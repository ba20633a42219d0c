package app

import (
	"bytes"
	"iter"
	"strings"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// pickColumns reduces every item to the named members, in that order. What an
// item lacks is null, so that all rows have the same shape.
func pickColumns(pages iter.Seq2[[]byte, error], columns []string) iter.Seq2[[]byte, error] {
	names := make([][]byte, len(columns))
	for i, column := range columns {
		names[i] = appendString(nil, column)
	}
	return func(yield func([]byte, error) bool) {
		for page, err := range pages {
			if err != nil {
				yield(nil, err)
				return
			}
			picked := []byte{'['}
			for item, err := range rawjson.Elements(page) {
				if err != nil {
					yield(nil, err)
					return
				}
				if len(picked) > 1 {
					picked = append(picked, ',')
				}
				for i, column := range columns {
					picked = append(picked, "{,"[min(i, 1)])
					picked = append(picked, names[i]...)
					picked = append(picked, ':')
					picked = append(picked, lookUp(item, column)...)
				}
				picked = append(picked, '}')
			}
			if !yield(append(picked, ']'), nil) {
				return
			}
		}
	}
}

// lookUp finds the member with that very name, else the one that a path of
// names joined with dots leads to. Of repeated keys the last one counts.
func lookUp(item []byte, path string) []byte {
	if value := member(item, path); value != nil {
		return value
	}
	head, tail, nested := strings.Cut(path, ".")
	if !nested {
		return []byte("null")
	}
	if value := member(item, head); value != nil {
		return lookUp(value, tail)
	}
	return []byte("null")
}

func member(item []byte, name string) []byte {
	if !bytes.HasPrefix(item, []byte{'{'}) {
		return nil
	}
	var found []byte
	for m, err := range rawjson.Members(item) {
		if err != nil {
			return nil
		}
		if m.Name() == name {
			found = m.Value
		}
	}
	return found
}
