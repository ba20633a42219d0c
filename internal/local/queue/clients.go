package queue

import (
	"time"

	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// clients tells whether several clients have changed a queue. It is kept in the
// saved index, and is all in it that is lost when somebody deletes that. Clients
// that give no key are not told apart: counting each of their requests as another
// client's, as the platform does, would make every look from a command line one
// more.
type clients struct {
	ClientKey          string `json:"clientKey,omitempty"`
	HadMultipleClients bool   `json:"hadMultipleClients,omitempty"`
}

// note is true where the client tells something new.
func (c *clients) note(clientKey string) bool {
	switch {
	case clientKey == "" || c.HadMultipleClients || c.ClientKey == clientKey:
		return false
	case c.ClientKey == "":
		c.ClientKey = clientKey
	default:
		c.HadMultipleClients = true
	}
	return true
}

// set notes what a file says in the index, and whose lock it has.
func (q *queue) set(f *requestfile.File, name string, changed int64, now time.Time) {
	q.clients.note(f.Holder)
	q.index.set(f, name, changed, now)
}

func (q *openQueue) hadMultipleClients() bool {
	return q.storage.Shared || q.clients.HadMultipleClients
}
