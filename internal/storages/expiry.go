package storages

import (
	"context"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

// Expiry tells when storages will be gone. It asks for the account's retention
// once, when that is first needed. Safe for concurrent use.
type Expiry struct {
	client    *api.Client
	mu        sync.Mutex
	retention time.Duration // 0: not known yet
}

// NewExpiry sends no request.
func NewExpiry(client *api.Client) *Expiry { return &Expiry{client: client} }

// At is when a storage expires, the zero time where it does not; computed tells
// that it was counted from the last modification, not said by the API.
func (e *Expiry) At(ctx context.Context, storage *api.Storage) (at time.Time, computed bool, err error) {
	if storage.Name != "" || storage.ExpireAt != nil {
		at, computed = storage.ExpiresAt(0)
		return at, computed, nil
	}
	retention, err := e.period(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	at, computed = storage.ExpiresAt(retention)
	return at, computed, nil
}

// period is the account's own, or the platform's default where the token, as
// one of limited scope, may not see it.
func (e *Expiry) period(ctx context.Context) (time.Duration, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.retention > 0 {
		return e.retention, nil
	}
	retention, err := e.client.Retention(ctx)
	switch {
	case api.IsForbidden(err) || api.IsNotFound(err):
		retention = api.DefaultRetention
	case err != nil:
		return 0, err
	}
	e.retention = retention
	return retention, nil
}

// OfUnnamed is when a storage expires that loses its name now, the zero time where it
// does not.
func (e *Expiry) OfUnnamed(ctx context.Context) (time.Time, error) {
	retention, err := e.period(ctx)
	at, _ := (&api.Storage{ModifiedAt: time.Now()}).ExpiresAt(retention)
	return at, err
}
