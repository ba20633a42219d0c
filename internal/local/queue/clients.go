package queue

import (
	"cmp"
	"crypto/rand"
	"time"

	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// clients tells whether several clients have changed a queue. It is kept in the
// saved index, and is all in it that is lost when somebody deletes that. To a
// server each request without a key is of one client more, as on the platform.
// Commands on a directory of one's own give no key, and are nobody.
type clients struct {
	ClientKey          string `json:"clientKey,omitempty"`
	HadMultipleClients bool   `json:"hadMultipleClients,omitempty"`
}

// know tells whether a client tells nothing new.
func (c *clients) know(clientKey string) bool {
	return c.HadMultipleClients || c.ClientKey != "" && c.ClientKey == clientKey
}

// note is true where the client tells something new; "" is a client of its own.
func (c *clients) note(clientKey string) bool {
	switch {
	case c.know(clientKey):
		return false
	case c.ClientKey == "":
		c.ClientKey = cmp.Or(clientKey, rand.Text()) // which nobody gives
	default:
		c.HadMultipleClients = true
	}
	return true
}

// set notes what a file says in the index, and whose lock it has.
func (q *queue) set(f *requestfile.File, name string, changed int64, now time.Time) {
	if f.Holder != "" {
		q.clients.note(f.Holder)
	}
	q.index.Set(f, name, changed, now)
}

func (q *openQueue) hadMultipleClients() bool {
	return q.storage.Shared || q.clients.HadMultipleClients
}
