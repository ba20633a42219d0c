package api

import (
	"net/http"
	"net/url"
)

// Forward sends a request that somebody else made for a path below /v2, escaped
// and with a slash in front, to the API, with the account's token. It is sent
// once, with its own method, query, header and body. Redirects of reads are
// followed as for every request; the token stays with the API. The caller closes
// the body of the answer, of whatever status.
func (c *Client) Forward(r *http.Request, path string) (*http.Response, error) {
	target, err := url.Parse(c.base.String() + path)
	if err != nil {
		return nil, err
	}
	target.RawQuery = r.URL.RawQuery
	out, err := http.NewRequestWithContext(r.Context(), r.Method, target.String(), r.Body)
	if err != nil {
		return nil, err
	}
	out.Header, out.ContentLength = r.Header, r.ContentLength
	response, err := c.forwarding.Do(out) //nolint:gosec // only the path and the query are the client's
	if err != nil {
		if missing := unreachable(err, target.Host); missing != nil {
			return nil, missing
		}
		return nil, cleanURLError(err)
	}
	return response, nil
}
