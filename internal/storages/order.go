package storages

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Orders are what storages can be sorted by.
func (t Type[T]) Orders() []string {
	orders := []string{"name", "modified", "size"}
	if t.Count != nil {
		orders = append(orders, t.Many)
	}
	return orders
}

// Sorted is the storages in one of the Orders: by name, else the latest or largest first.
// It holds all of them in memory, which no other list does.
func (t Type[T]) Sorted(objects iter.Seq2[*T, error], order string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var all []*T
		for object, err := range objects {
			if err != nil {
				yield(nil, err)
				return
			}
			all = append(all, object)
		}
		slices.SortStableFunc(all, func(a, b *T) int {
			switch order {
			case "name":
				return strings.Compare(strings.ToLower(t.Facts(a).Name), strings.ToLower(t.Facts(b).Name))
			case "modified":
				return t.Facts(b).ModifiedAt.Compare(t.Facts(a).ModifiedAt)
			case "size":
				return cmp.Compare(t.Bytes(b), t.Bytes(a))
			}
			return cmp.Compare(t.Count(b), t.Count(a))
		})
		for _, object := range all {
			if !yield(object, nil) {
				return
			}
		}
	}
}

// First ends a sequence after limit elements; 0 is no limit.
func First[T any](limit int64, sequence iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		count := int64(0)
		for element, err := range sequence {
			count++
			if !yield(element, err) || count == limit {
				return
			}
		}
	}
}
