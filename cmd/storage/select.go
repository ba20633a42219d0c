package storage

import (
	"context"
	"iter"

	"github.com/apifyctl/apifyctl/internal/api"
)

// Given tells whether any flag was used.
func (s Selection) Given() bool { return s != Selection{} }

// Check finds values that cannot be right, before any request.
func (s Selection) Check() error {
	_, err := s.filter()
	return err
}

// Select yields the storages that the flags mean, oldest first, or newest first
// with descending.
func (r Resource[T]) Select(ctx context.Context, client *api.Client, s Selection, descending bool) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		filter, err := s.filter()
		if err != nil {
			yield(nil, err)
			return
		}
		options := s.options()
		options.Descending = descending
		for object, err := range r.Collection(client).List(ctx, options) {
			if (err != nil || filter(r.Facts(object))) && (!yield(object, err) || err != nil) {
				return
			}
		}
	}
}
