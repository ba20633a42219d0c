package queue

import (
	"net/http"
	"strings"
)

// The API lists requests in an order of its own, and tells what comes next of
// the first thousand only. Who copies a queue needs the order of all of them, so
// a list can be asked for in that order, by a preference (RFC 7240) that the
// platform does not know and passes over: what is ready as it will be handed
// out, then what is locked, then what was handled.
const (
	preferHeadOrder = "order=head"
	headerPrefer    = "Prefer"
	headerApplied   = "Preference-Applied"
)

func prefersHeadOrder(r *http.Request) bool {
	for _, value := range r.Header.Values(headerPrefer) {
		for preference := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(preference), preferHeadOrder) {
				return true
			}
		}
	}
	return false
}
