package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
)

// Key is an entry of the list of keys.
type Key struct {
	Key  string          `json:"key"`
	Size int64           `json:"size"` // bytes, as stored
	Raw  json.RawMessage `json:"-"`    // the API's own object, without signatures
}

// KeysOptions narrow a list of keys.
type KeysOptions struct {
	Prefix     string
	Collection string // of the store's schema
	Limit      int64  // 0: all
}

// keysPage is the API's limit for a page of keys.
const keysPage = 1000

// Keys yields the keys in the order of their bytes, one page after the other,
// and stops at the first error.
func (s KeyValueStores) Keys(ctx context.Context, ref Ref, o KeysOptions) iter.Seq2[Key, error] {
	query := cloneQuery(ref.query)
	for name, value := range map[string]string{"prefix": o.Prefix, "collection": o.Collection} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return entries(ctx, listing{
		fetch: func(ctx context.Context, position paging, limit int64) (page, error) {
			return resolve(s.client, ref, s.kind, func(path string) (page, error) {
				r := request{method: http.MethodGet, path: path + "/keys", query: query, storage: path}
				return s.client.page(ctx, r, position, limit)
			})
		},
		paging: &keyPaging{},
		page:   keysPage,
		limit:  o.Limit,
	}, readKey)
}

func readKey(raw json.RawMessage) (key Key, err error) {
	if err = json.Unmarshal(raw, &key); err == nil && key.Key == "" {
		err = errors.New("it has no key")
	}
	if err == nil {
		key.Raw, err = publicObject(raw)
	}
	if err != nil {
		return Key{}, fmt.Errorf("an entry of a list of keys: %w", err)
	}
	return key, nil
}

// Listed is the entry of a key in the list of keys; false where it is not in it.
func (s KeyValueStores) Listed(ctx context.Context, ref Ref, key string) (Key, bool, error) {
	for listed, err := range s.Keys(ctx, ref, KeysOptions{Prefix: key, Limit: 1}) {
		// The key itself is the first of those that begin so.
		return listed, err == nil && listed.Key == key, err
	}
	return Key{}, false, nil
}

func cloneQuery(query url.Values) url.Values {
	if query == nil {
		return url.Values{}
	}
	return maps.Clone(query)
}
