package api

import (
	"errors"
	"net/url"
	"time"

	"github.com/apifyctl/apifyctl/internal/signature"
)

// ErrCannotSign means that the API gave no secret to sign links with: only
// those who may write to a storage get it.
var ErrCannotSign = errors.New("no permission to sign links to it")

// SignedURL opens a dataset's items or a store's keys to everybody until
// expires; the zero time is for ever. query is what else the link asks for,
// such as a format.
func (c *Client) SignedURL(kind Kind, storage *Storage, query url.Values, expires time.Time) (string, error) {
	if storage.URLSigningSecretKey == "" {
		return "", ErrCannotSign
	}
	contents := map[Kind]string{KindDataset: "/items", KindKeyValueStore: "/keys"}[kind]
	if contents == "" {
		return "", errors.New("a " + kind.String() + " has no signed links")
	}
	return c.signed(kind, storage, contents, query, signature.Storage(storage.URLSigningSecretKey.Reveal(), storage.ID, expires)), nil
}

// SignedRecordURL opens one record of a store to everybody, for ever.
func (c *Client) SignedRecordURL(storage *Storage, key string) (string, error) {
	if storage.URLSigningSecretKey == "" {
		return "", ErrCannotSign
	}
	return c.signed(KindKeyValueStore, storage, "/records/"+url.PathEscape(key), nil,
		signature.Record(storage.URLSigningSecretKey.Reveal(), key)), nil
}

func (c *Client) signed(kind Kind, storage *Storage, contents string, query url.Values, signature string) string {
	link := c.URL(kind, storage.ID) + contents + "?"
	if len(query) > 0 {
		link += query.Encode() + "&"
	}
	return link + "signature=" + url.QueryEscape(signature)
}
