package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultRetention is how long an unnamed storage lives after its last
// modification where the account says nothing else.
const DefaultRetention = 7 * 24 * time.Hour

// User is the account that a token belongs to.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Plan     struct {
		ID          string `json:"id"`
		Description string `json:"description"`
	} `json:"plan"`
}

// Run is a run of an Actor, with its default storages.
type Run struct {
	ID                     string    `json:"id"`
	ActID                  string    `json:"actId"`
	Status                 string    `json:"status"`
	StartedAt              time.Time `json:"startedAt"`
	DefaultDatasetID       string    `json:"defaultDatasetId"`
	DefaultKeyValueStoreID string    `json:"defaultKeyValueStoreId"`
	DefaultRequestQueueID  string    `json:"defaultRequestQueueId"`

	// StorageIDs are the run's storages by what it calls them, its aliases.
	StorageIDs struct {
		Datasets       map[string]string `json:"datasets"`
		KeyValueStores map[string]string `json:"keyValueStores"`
		RequestQueues  map[string]string `json:"requestQueues"`
	} `json:"storageIds"`
}

// DefaultAlias is what a run calls its default storages.
const DefaultAlias = "default"

// Storages are the IDs of a run's storages of a kind by their aliases.
func (r *Run) Storages(kind Kind) map[string]string {
	aliased, standard := r.StorageIDs.Datasets, r.DefaultDatasetID
	switch kind {
	case KindKeyValueStore:
		aliased, standard = r.StorageIDs.KeyValueStores, r.DefaultKeyValueStoreID
	case KindRequestQueue:
		aliased, standard = r.StorageIDs.RequestQueues, r.DefaultRequestQueueID
	case KindDataset:
	}
	all := map[string]string{}
	if standard != "" {
		all[DefaultAlias] = standard
	}
	maps.Copy(all, aliased)
	return all
}

// Actor is what runs make storages for.
type Actor struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Title    string `json:"title"`
}

// Me is the account of the token.
func (c *Client) Me(ctx context.Context) (*User, error) {
	return fetch(ctx, c, "/users/me", func(u *User) string { return u.ID })
}

// Retention is how long the account keeps unnamed storages.
func (c *Client) Retention(ctx context.Context) (time.Duration, error) {
	limits, err := c.Limits(ctx)
	if err != nil {
		return 0, err
	}
	days := limits.Limits.RetentionDays
	if days <= 0 {
		return DefaultRetention, nil
	}
	return time.Duration(min(days, maxRetentionDays) * float64(24*time.Hour)), nil
}

// maxRetentionDays keeps a duration from overflowing.
const maxRetentionDays = 100_000

// Run is a run by its ID.
func (c *Client) Run(ctx context.Context, id string) (*Run, error) {
	return fetch(ctx, c, "/actor-runs/"+url.PathEscape(id), func(r *Run) string { return r.ID })
}

// LastRun is the last run of an Actor, which is an ID, username~name or
// username/name.
func (c *Client) LastRun(ctx context.Context, actor string) (*Run, error) {
	segment, reason := ownedSegment(strings.TrimSpace(actor))
	if reason != "" {
		return nil, fmt.Errorf("%q as an Actor: %s", shorten(actor, maxSegment), reason)
	}
	return fetch(ctx, c, "/acts/"+segment+"/runs/last", func(r *Run) string { return r.ID })
}

// Actor is an Actor by its ID, username~name or username/name.
func (c *Client) Actor(ctx context.Context, actor string) (*Actor, error) {
	segment, reason := ownedSegment(strings.TrimSpace(actor))
	if reason != "" {
		return nil, fmt.Errorf("%q as an Actor: %s", shorten(actor, maxSegment), reason)
	}
	return fetch(ctx, c, "/acts/"+segment, func(a *Actor) string { return a.ID })
}

// fetch asks for one object, which has an ID.
func fetch[T any](ctx context.Context, c *Client, path string, id func(*T) string) (*T, error) {
	return decoded(ctx, c, getObject(path), func(object *T) error {
		if id(object) == "" {
			return contradicts("an object without an ID")
		}
		return nil
	})
}

func getObject(path string) request {
	return request{method: http.MethodGet, path: path, storage: path}
}

// ExpiresAt is when a storage will be gone: when the API says so, else counted
// from the last modification. computed tells which. The zero time is never, as
// for a storage with a name, or a retention of a century or more.
func (s *Storage) ExpiresAt(retention time.Duration) (at time.Time, computed bool) {
	switch {
	case s.Name != "":
		return time.Time{}, false
	case s.ExpireAt != nil:
		return *s.ExpireAt, false
	case retention >= Never || s.ModifiedAt.IsZero():
		return time.Time{}, false
	}
	return s.ModifiedAt.Add(retention), true
}

// Never is a retention from which on storages count as kept for good.
const Never = 36_500 * 24 * time.Hour

// HasKeys reports whether a key-value store holds any record.
func (k KeyValueStores) HasKeys(ctx context.Context, id string) (bool, error) {
	path := "/" + k.kind.Path() + "/" + url.PathEscape(id)
	r := getObject(path)
	r.path += "/keys"
	keys, err := k.client.page(ctx, r, &keyPaging{}, 1)
	return len(keys.items) > 0, err
}

// latest is how many entries of a list one request gives.
const latest = "100"

// LatestRuns are the newest runs, a page of them.
func (c *Client) LatestRuns(ctx context.Context) ([]Run, error) {
	return newest[Run](ctx, c, "/actor-runs")
}

// LatestActors are the newest Actors, a page of them.
func (c *Client) LatestActors(ctx context.Context) ([]Actor, error) {
	return newest[Actor](ctx, c, "/acts")
}

func newest[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	answer, err := c.Raw(ctx, RawRequest{Method: http.MethodGet, Path: path, Query: url.Values{"desc": {"1"}, "limit": {latest}}})
	if err != nil {
		return nil, err
	}
	var list struct {
		Data struct {
			Items []T `json:"items"`
		} `json:"data"`
	}
	err = json.Unmarshal(answer.Body, &list)
	return list.Data.Items, err
}
