package storages

import (
	"cmp"
	"errors"
	"net/url"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

// defaultLinkAge is how long a signed link opens what it leads to.
const defaultLinkAge = 14 * 24 * time.Hour

// LinkOptions say what a link is to open.
type LinkOptions struct {
	Expires   time.Duration // 0: two weeks, unless it is permanent
	Permanent bool
	Key       string     // of the only record that it opens; such a link is permanent
	Query     url.Values // what it asks the API for
	Private   bool       // no signed link is made, unless Expires or Permanent ask for it
}

// Link opens a storage, or a record, without a token.
type Link struct {
	URL     string // "" for none
	Expires string // RFC 3339; "" for never
	Signed  bool
}

// MakeLink makes the link that opens a storage without a token: the public one
// where everybody may read, else a signed one. Where nobody may sign, and no
// signed link was asked for, there is none.
func (t Type[T]) MakeLink(client *api.Client, facts *api.Storage, o LinkOptions) (Link, error) {
	asked := o.Expires != 0 || o.Permanent
	switch {
	case o.Key != "":
		address, err := client.SignedRecordURL(facts, o.Key)
		return Link{URL: address, Signed: err == nil}, err
	case !asked && publicReference(facts) != "":
		address := client.URL(t.Kind, publicReference(facts))
		if t.Signed { // such a link leads to what the storage holds, signed or not
			address += t.Kind.Contents()
			if len(o.Query) > 0 {
				address += "?" + o.Query.Encode()
			}
		}
		return Link{URL: address}, nil
	case !t.Signed || !asked && o.Private:
		return Link{}, nil
	}
	var link Link
	var expires time.Time
	if !o.Permanent {
		expires = time.Now().Add(cmp.Or(o.Expires, defaultLinkAge))
		link.Expires = api.FormatTime(expires)
	}
	address, err := client.SignedURL(t.Kind, facts, o.Query, expires)
	if errors.Is(err, api.ErrCannotSign) && !asked {
		return Link{}, nil
	}
	link.URL, link.Signed = address, err == nil
	return link, err
}

// publicReference is how everybody may call a storage; "" where not everybody
// may read it, or where only the account's settings know.
func publicReference(facts *api.Storage) string {
	switch {
	case facts.GeneralAccess == api.AccessAnyoneWithName && facts.Name != "" && facts.Username != "":
		return facts.Username + "~" + facts.Name
	case facts.GeneralAccess == api.AccessAnyoneWithID || facts.GeneralAccess == api.AccessAnyoneWithName:
		return facts.ID
	}
	return ""
}
