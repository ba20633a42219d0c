package serve

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/local"
	"github.com/apifyctl/apifyctl/internal/signature"
)

// door leads a request to the storages that it is about, if it may go there.
type door struct {
	first   *tenant // the default user
	tenants []*tenant
	keys    []key
	anyone  bool // everybody is the default user
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions { // what a path takes is no secret
		d.first.handler.ServeHTTP(w, r)
		return
	}
	caller := callerOf(r) // nil: nobody
	token := tokenOf(r)
	if caller == nil && (token != "" || d.anyone) {
		if caller = d.holder(token); caller == nil {
			// Integrations decide by the platform's wording.
			local.WriteError(w, http.StatusUnauthorized, "user-or-token-not-found", "User was not found or authentication token is not valid")
			return
		}
	}
	where := parseTarget(r.URL)
	switch {
	case where.storage != "":
		d.toStorage(w, r, caller, where)
	case where.user != "": // what is public of a user
		owner := d.tenant(where.user)
		if owner == nil {
			owner = d.first // which knows how to say that there is none
		}
		owner.handler.ServeHTTP(w, r)
	case caller == nil:
		noToken(w)
	default:
		caller.handler.ServeHTTP(w, r)
	}
}

func noToken(w http.ResponseWriter) {
	local.WriteError(w, http.StatusUnauthorized, "token-not-provided", "Authentication token was not provided")
}

// toStorage leads to a storage of the caller's, or of another account's that it
// may read.
func (d *door) toStorage(w http.ResponseWriter, r *http.Request, caller *tenant, where target) {
	user, _, byName := strings.Cut(where.storage, "~")
	if byName && caller == nil {
		noToken(w) // names are for those who say who they are
		return
	}
	if caller != nil && (d.anyone || byName && user == "") {
		caller.handler.ServeHTTP(w, r)
		return
	}
	owner, found, err := d.find(caller, where)
	switch {
	case err != nil:
		owner.handler.WriteError(w, err)
	case caller != nil && (owner == caller || owner == nil && !byName):
		caller.handler.ServeHTTP(w, r) // which answers for what there is not, too
	case found == nil && byName:
		local.WriteError(w, http.StatusNotFound, "record-not-found", absence(where.collection))
	case found != nil && mayRead(r, where, found, byName):
		owner.handler.ServeHTTP(w, local.Visit(r))
	case found == nil: // and nobody asks
		local.WriteError(w, http.StatusNotFound, "record-or-token-not-found", absence(where.collection)+", or it needs a token")
	default:
		local.WriteError(w, http.StatusForbidden, "insufficient-permissions", refusal(where.collection))
	}
}

// refusal has the platform's wording, which tests of clients look for.
func refusal(collection string) string {
	kind := strings.NewReplacer("value-", "value ", "request-", "request ").Replace(strings.TrimSuffix(collection, "s"))
	return "Insufficient permissions for the " + kind + ". Make sure you're passing a correct API token and that it has the required permissions."
}

// absence is what the platform says of a storage that there is not.
func absence(collection string) string {
	switch collection {
	case "key-value-stores":
		return "Key-value Store was not found"
	case "request-queues":
		return "Request Queue was not found"
	}
	return "Dataset was not found"
}

// find says whose storage it is. The caller's own come first; those of others
// are found by their ID, or by user and name. For the caller's own, found is
// nil: there is nothing to decide.
func (d *door) find(caller *tenant, where target) (owner *tenant, found *local.Found, err error) {
	if user, name, byName := strings.Cut(where.storage, "~"); byName {
		owner = d.tenant(user)
		if owner == nil || owner == caller {
			return owner, nil, nil
		}
		found, err = owner.handler.FindByName(where.collection, name)
		return owner, found, err
	}
	candidates := d.tenants
	if caller != nil {
		candidates = append([]*tenant{caller}, d.tenants...)
	}
	for _, t := range candidates {
		found, err = t.handler.FindByID(where.collection, where.storage)
		if err != nil || found != nil {
			return t, found, err
		}
	}
	return nil, nil, nil
}

// mayRead decides about somebody who does not own the storage.
func mayRead(r *http.Request, where target, found *local.Found, byName bool) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch found.GeneralAccess {
	case "ANYONE_WITH_NAME_CAN_READ":
		return true
	case "ANYONE_WITH_ID_CAN_READ":
		return !byName
	}
	return signed(r, where, found)
}

// signed tells whether the address of a request carries a signature that is
// valid for what it is about.
func signed(r *http.Request, where target, found *local.Found) bool {
	given := r.URL.Query().Get("signature")
	if given == "" || found.Secret == "" || !safe(r.Method) {
		return false
	}
	switch where.rest {
	case "items", "keys", "records":
		return signature.ValidStorage(found.Secret, found.ID, given, time.Now())
	}
	key, ok := strings.CutPrefix(where.rest, "records/")
	return ok && signature.ValidRecord(found.Secret, key, given)
}

// target is what a URL is about.
type target struct {
	collection string // "datasets", …
	storage    string // the segment behind it: ID, ~name, user~name
	rest       string // behind that, unescaped
	user       string // of /v2/users/{user}, unless it is "me"
}

func parseTarget(u *url.URL) target {
	parts := strings.SplitN(strings.Trim(u.EscapedPath(), "/"), "/", 4)
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return target{}
		}
		parts[i] = plain
	}
	if len(parts) < 3 || parts[0] != "v2" {
		return target{}
	}
	switch {
	case isCollection(parts[1]):
		t := target{collection: parts[1], storage: parts[2]}
		if len(parts) > 3 {
			t.rest = parts[3]
		}
		return t
	case parts[1] == "users":
		if len(parts) == 3 && parts[2] != "me" {
			return target{user: parts[2]}
		}
	}
	return target{}
}

// isCollection tells that a segment of a path is that of a kind of storages.
func isCollection(segment string) bool {
	return slices.ContainsFunc(api.Kinds(), func(k api.Kind) bool { return k.Path() == segment })
}

// tokenOf is the token of a request, wherever it stands; "": none.
func tokenOf(r *http.Request) string {
	if token := headerToken(r); token != "" {
		return token
	}
	return r.URL.Query().Get("token")
}

// headerToken is the token in the Authorization header. No page can have a
// browser send one that it does not know.
func headerToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
