// Package requests reads, chooses, adds and changes the requests of a queue.
package requests

import "encoding/json"

// Request is what is looked at in a request.
type Request struct {
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

// Failed tells whether a crawl gave the request up. One that succeeded after
// retries has error messages as well: where Crawlee left its state, that counts.
func (r *Request) Failed() bool {
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

// State is one of Filters.
func (r *Request) State() string {
	switch {
	case r.Failed():
		return "failed"
	case r.HandledAt != "":
		return "handled"
	case r.LockExpiresAt != "":
		return "locked"
	}
	return "pending"
}

// Filters are the states of requests.
func Filters() []string { return []string{"pending", "locked", "handled", "failed"} }
