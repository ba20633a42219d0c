package directory

import (
	"net/http"
	"strings"
)

// preferID is a preference (RFC 7240) of who makes or changes a storage: the ID
// that it shall have. A backup's storages have those of the account, so that they
// are found again whatever they are called. Over a network it is passed over, as
// on the platform: an ID must not be taken on the word of a client.
const preferID = "id="

// preferredID is "" where no ID is asked for.
func (d *Directory) preferredID(r *http.Request) string {
	if d.Served {
		return ""
	}
	id, _ := strings.CutPrefix(r.Header.Get("Prefer"), preferID)
	if !ValidID(id) {
		return ""
	}
	return id
}
