package requestfile

import (
	"encoding/json"
	"slices"
)

// Change is what became of a request.
type Change struct {
	ID        ID
	UniqueKey string // "" of one that is gone
	Handled   bool
	Forefront bool
}

// UniqueKey is the request's.
func (f *File) UniqueKey() string {
	known, err := f.look()
	if err != nil {
		return ""
	}
	return known.uniqueKey
}

// stateRecord is the record as Crawlee for Python has it.
type stateRecord struct {
	Next          int64            `json:"sequence_counter"`
	NextForefront int64            `json:"forefront_sequence_counter"`
	Forefront     map[string]int64 `json:"forefront_requests"`
	Regular       map[string]int64 `json:"regular_requests"`
	InProgress    []string         `json:"in_progress_requests"`
	Handled       []string         `json:"handled_requests"`
}

// ChangeState is the record after the changes. Without them the SDK would take a
// request that was deleted for one that it has, one that is to be done again for
// handled, and would know of no forefront.
func ChangeState(text []byte, changes []Change) ([]byte, error) {
	r := stateRecord{Forefront: map[string]int64{}, Regular: map[string]int64{}, InProgress: []string{}, Handled: []string{}}
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	changed := make(map[ID]bool, len(changes))
	for _, c := range changes {
		changed[c.ID] = true
	}
	is := func(key string) bool { return changed[IDOf(key)] }
	for _, numbers := range []map[string]int64{r.Forefront, r.Regular} {
		for key := range numbers {
			if is(key) {
				delete(numbers, key)
			}
		}
	}
	r.InProgress, r.Handled = slices.DeleteFunc(r.InProgress, is), slices.DeleteFunc(r.Handled, is)
	for _, c := range changes {
		switch {
		case c.UniqueKey == "":
		case c.Handled:
			r.Handled = append(r.Handled, c.UniqueKey)
		case c.Forefront:
			r.Forefront[c.UniqueKey] = r.NextForefront
			r.NextForefront++
		default:
			r.Regular[c.UniqueKey] = r.Next
			r.Next++
		}
	}
	return json.MarshalIndent(r, "", "  ")
}
