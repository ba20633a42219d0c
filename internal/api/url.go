package api

import "net/url"

// URL is the address of a storage, whose reference is an ID or username~name.
// It opens nothing by itself: no token is part of it.
func (c *Client) URL(kind Kind, reference string) string {
	return c.base.String() + "/" + kind.Path() + "/" + url.PathEscape(reference)
}
