package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf16"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// fieldStatistics is what is said of one field over all items. Min and Max are
// of numbers themselves, of the lengths of strings and arrays (a string's in
// UTF-16, as JavaScript counts), and of how many members objects have.
type fieldStatistics struct {
	Min        *float64 `json:"min,omitempty"`
	Max        *float64 `json:"max,omitempty"`
	NullCount  int64    `json:"nullCount"`
	EmptyCount int64    `json:"emptyCount"` // items that lack the field
	present    bool     // in the item at hand
}

// getStatistics answers GET of a dataset's statistics: of the fields that its
// schema names, null without one. They are counted anew each time, so that they
// hold for items that an SDK wrote, too; that takes as long as reading them.
func (h *Handler) getStatistics(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	var fields map[string]*fieldStatistics
	ctx := r.Context()
	err := h.ReadOne(ctx, ref, func(s *directory.Collection, found *directory.Storage) (err error) {
		if fields, err = schemaFields(found.Schema); err != nil || fields == nil {
			return err
		}
		numbers, err := h.itemNumbers(s, found.Folder)
		if err != nil {
			return err
		}
		reader, err := newItemReader(s, found.Folder, numbers, &transform.Transformation{Lines: true})
		if err != nil {
			return err
		}
		err = reader.run(ctx, numbers.ascending(0), func(items []byte, _ int64) error {
			return countFields(fields, items)
		})
		return errors.Join(err, reader.close())
	})
	if err != nil {
		return err
	}
	wire.WriteData(w, http.StatusOK, map[string]any{"fieldStatistics": fields})
	return nil
}

// schemaFields are the fields that a dataset's schema names.
func schemaFields(text []byte) (map[string]*fieldStatistics, error) {
	known, err := readSchema(text)
	if err != nil || known.items == nil {
		return nil, err
	}
	fields := map[string]*fieldStatistics{}
	for _, name := range known.items.Properties() {
		fields[name] = new(fieldStatistics{})
	}
	return fields, nil
}

func countFields(fields map[string]*fieldStatistics, items []byte) error {
	for item := range bytes.Lines(items) {
		for member, err := range rawjson.Members(bytes.TrimSpace(item)) {
			if err != nil {
				return err
			}
			field := fields[member.Name()]
			if field == nil {
				continue
			}
			field.present = true
			if err := field.count(member.Value); err != nil {
				return err
			}
		}
		for _, field := range fields {
			if !field.present {
				field.EmptyCount++
			}
			field.present = false
		}
	}
	return nil
}

func (f *fieldStatistics) count(value []byte) error {
	var size float64
	switch value[0] {
	case 'n':
		f.NullCount++
		return nil
	case 't', 'f':
		return nil
	case '"':
		size = float64(len(utf16.Encode([]rune(string(rawjson.AppendUnquoted(nil, value))))))
	case '[':
		count, err := rawjson.Count(value)
		if err != nil {
			return err
		}
		size = float64(count)
	case '{':
		for _, err := range rawjson.Members(value) {
			if err != nil {
				return err
			}
			size++
		}
	default:
		if err := json.Unmarshal(value, &size); err != nil {
			return err
		}
	}
	if f.Min == nil {
		f.Min, f.Max = &size, new(size)
		return nil
	}
	*f.Min, *f.Max = min(*f.Min, size), max(*f.Max, size)
	return nil
}
