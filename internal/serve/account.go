package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local"
)

// Account is a secret and whom it lets in. A user may have several.
type Account struct {
	User   local.User
	Secret string
}

// LogValue keeps the secret out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.User.Name) }

// ParseAccount reads NAME=TOKEN, or TOKEN alone for the default user. What
// cannot be a name belongs to the secret, as does a = at the end.
func ParseAccount(text string) (Account, error) {
	name, secret, ok := strings.Cut(text, "=")
	if !ok || strings.Trim(secret, "=") == "" {
		return Account{local.DefaultUser(), text}, checkSecret(text)
	}
	if strings.EqualFold(name, local.DefaultUser().Name) {
		return Account{local.DefaultUser(), secret}, checkSecret(secret)
	}
	user, err := local.NewUser(name)
	if err != nil {
		return Account{}, fmt.Errorf("the name before the =: %w", err)
	}
	return Account{user, secret}, checkSecret(secret)
}

func checkSecret(secret string) error {
	switch {
	case secret == "":
		return errors.New("a token must not be empty")
	case strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("a token consists of visible ASCII characters")
	}
	return nil
}

// tenant is an account's storages.
type tenant struct {
	user    local.User
	handler *local.Handler
}

// key is a token that opens the door. Its hash is kept, so that comparing takes
// equally long for all.
type key struct {
	hash  [sha256.Size]byte
	owner *tenant
}

func newKey(secret string, owner *tenant) key { return key{sha256.Sum256([]byte(secret)), owner} }

// holder is who has the token; nil: nobody.
func (d *door) holder(token string) *tenant {
	if d.anyone {
		return d.first
	}
	given := sha256.Sum256([]byte(token))
	var holder *tenant
	for _, k := range d.keys {
		if subtle.ConstantTimeCompare(given[:], k.hash[:]) == 1 {
			holder = k.owner
		}
	}
	return holder
}

type callerKey struct{}

// lent makes handlers that carry out requests as a user, whom the console has
// recognised, through the same layers as those of everybody.
func (d *door) lent(next http.Handler) func(user string) http.Handler {
	return func(user string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, d.tenant(user))))
		})
	}
}

// callerOf is whom the console has recognised; nil: nobody.
func callerOf(r *http.Request) *tenant {
	caller, _ := r.Context().Value(callerKey{}).(*tenant)
	return caller
}

// admits says whom a token lets in.
func (d *door) admits(token string) (user string, ok bool) {
	holder := d.holder(token)
	if holder == nil {
		return "", false
	}
	return holder.user.Name, true
}

// tenant finds a user by name or ID; nil where there is none.
func (d *door) tenant(user string) *tenant {
	for _, t := range d.tenants {
		if t.user.ID == user || strings.EqualFold(t.user.Name, user) {
			return t
		}
	}
	return nil
}
