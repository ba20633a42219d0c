package queues

import (
	"context"
	"encoding/json"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// request is what the commands look at in a request.
type request struct {
	ID            string          `json:"id"`
	URL           string          `json:"url"`
	UniqueKey     string          `json:"uniqueKey"`
	Method        string          `json:"method"`
	RetryCount    int64           `json:"retryCount"`
	HandledAt     string          `json:"handledAt"`
	LockExpiresAt string          `json:"lockExpiresAt"`
	ErrorMessages []string        `json:"errorMessages"`
	UserData      json.RawMessage `json:"userData"`
}

// Crawlee's states of a request that it has given up: it went to the handler of
// failed requests, or that one failed as well.
const (
	crawleeErrorHandler = 5
	crawleeError        = 6
)

// failed tells whether a crawl gave the request up. One that succeeded after
// retries has error messages as well: where Crawlee left its state, that counts.
func (r *request) failed() bool {
	if r.HandledAt == "" {
		return false
	}
	var userData struct {
		Crawlee struct {
			State *int `json:"state"`
		} `json:"__crawlee"`
	}
	if json.Unmarshal(r.UserData, &userData) == nil && userData.Crawlee.State != nil {
		return *userData.Crawlee.State == crawleeErrorHandler || *userData.Crawlee.State == crawleeError
	}
	return len(r.ErrorMessages) > 0
}

func (r *request) state() string {
	switch {
	case r.failed():
		return "failed"
	case r.HandledAt != "":
		return "handled"
	case r.LockExpiresAt != "":
		return "locked"
	}
	return "pending"
}

func filters() []string { return []string{"pending", "locked", "handled", "failed"} }

// selection says which requests of a queue are meant.
type selection struct {
	filter string // of filters(); "" is all
	url    string // a pattern
}

func (s *selection) addURL(flags *pflag.FlagSet) {
	flags.StringVar(&s.url, "url", "", "requests whose URL matches this pattern (* is any text, ? any character)")
}

func (s *selection) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.filter, "filter", "", "requests in this state: "+strings.Join(filters(), ", ")+" (failed ones are handled too)")
	s.addURL(flags)
}

// filterValues completes --filter.
func filterValues() map[string][]string { return map[string][]string{"filter": filters()} }

func (s *selection) check() error {
	if s.filter != "" && !slices.Contains(filters(), s.filter) {
		return failure.Usagef("--filter must be one of %s", strings.Join(filters(), ", "))
	}
	if _, err := s.matches(""); err != nil {
		return failure.Usagef("--url: the pattern %q cannot be read", s.url)
	}
	return nil
}

// matches compares without minding slashes, which mean nothing in this pattern.
func (s *selection) matches(url string) (bool, error) {
	if s.url == "" {
		return true, nil
	}
	flat := strings.NewReplacer("/", "\x00")
	return path.Match(flat.Replace(s.url), flat.Replace(url))
}

// server is the filter that the API knows.
func (s *selection) server() []string {
	if s.filter == "pending" || s.filter == "locked" {
		return []string{s.filter}
	}
	return nil
}

// takes tells whether a request is meant.
func (s *selection) takes(r *request) bool {
	ok, _ := s.matches(r.URL) // check has tried the pattern
	switch s.filter {
	case "handled":
		return ok && r.HandledAt != ""
	case "failed":
		return ok && r.failed()
	case "pending":
		return ok && r.HandledAt == "" && r.LockExpiresAt == ""
	}
	return ok
}

// requests yields the ones that are meant; limit 0 is all.
func (s *selection) requests(ctx context.Context, queues api.RequestQueues, ref api.Ref, limit int64) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		taken := int64(0)
		for raw, err := range queues.Requests(ctx, ref, api.RequestsOptions{Filter: s.server()}) {
			if err != nil {
				yield(nil, err)
				return
			}
			var r request
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
