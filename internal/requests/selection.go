package requests

import (
	"context"
	"encoding/json"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Selection says which requests of a queue are meant. The zero value is all.
type Selection struct {
	Filter string // of Filters; "" is all
	URL    string // a pattern: * is any text, ? any character
}

// Check finds values that cannot be right, before any request.
func (s Selection) Check() error {
	if s.Filter != "" && !slices.Contains(Filters(), s.Filter) {
		return failure.Usagef("--filter must be one of %s", strings.Join(Filters(), ", "))
	}
	if _, err := s.matches(""); err != nil {
		return failure.Usagef("--url: the pattern %q cannot be read", s.URL)
	}
	return nil
}

// matches compares without minding slashes, which mean nothing in this pattern.
func (s Selection) matches(url string) (bool, error) {
	if s.URL == "" {
		return true, nil
	}
	flat := strings.NewReplacer("/", "\x00")
	return path.Match(flat.Replace(s.URL), flat.Replace(url))
}

// server is the filter that the API knows.
func (s Selection) server() []string {
	if s.Filter == "pending" || s.Filter == "locked" {
		return []string{s.Filter}
	}
	return nil
}

// takes tells whether a request is meant.
func (s Selection) takes(r *Request) bool {
	ok, _ := s.matches(r.URL) // Check has tried the pattern
	switch s.Filter {
	case "handled":
		return ok && r.HandledAt != ""
	case "failed":
		return ok && r.Failed()
	case "pending":
		return ok && r.HandledAt == "" && r.LockExpiresAt == ""
	}
	return ok
}

// Requests yields the ones that are meant; limit 0 is all.
func (s Selection) Requests(ctx context.Context, queues api.RequestQueues, ref api.Ref, limit int64) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		taken := int64(0)
		for raw, err := range queues.Requests(ctx, ref, api.RequestsOptions{Filter: s.server()}) {
			if err != nil {
				yield(nil, err)
				return
			}
			var r Request
			if err := json.Unmarshal(raw, &r); err != nil {
				yield(nil, err)
				return
			}
			if !s.takes(&r) {
				continue
			}
			if taken++; !yield(raw, nil) || taken == limit {
				return
			}
		}
	}
}
