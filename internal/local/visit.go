package local

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"github.com/apifyctl/apifyctl/internal/signature"
)

type visitKey struct{}

// Visit marks a request of somebody who may read a storage and does not own it:
// the answer leaves out the signing secret, and what is signed with it.
func Visit(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, true))
}

func isVisit(r *http.Request) bool { return r.Context().Value(visitKey{}) != nil }

// Found is what decides who else may read a storage.
type Found struct {
	ID, GeneralAccess string
	Secret            string // signs its links; "" where the handler signs nothing
}

// FindByID looks for the storage that has an ID, in the collection that a path
// calls so ("datasets"). Names do not count. Nil where there is none.
func (h *Handler) FindByID(collection, id string) (*Found, error) {
	return h.look(collection, func(k kind, s *shelf) (*storage, error) {
		return h.findByID(s, reference{kind: k, id: id})
	})
}

// FindByName is FindByID for a name.
func (h *Handler) FindByName(collection, name string) (*Found, error) {
	return h.look(collection, func(_ kind, s *shelf) (*storage, error) { return s.findByName(name) })
}

func (h *Handler) look(collection string, find func(kind, *shelf) (*storage, error)) (*Found, error) {
	for _, k := range kinds() {
		if k.path() != collection {
			continue
		}
		var found *storage
		err := h.read(k, func(s *shelf) (err error) {
			found, err = find(k, s)
			return err
		})
		if err != nil || found == nil {
			return nil, err
		}
		return &Found{found.id, found.access, h.secret(k, found.id)}, nil
	}
	return nil, nil
}

// secret is a storage's urlSigningSecretKey. Nothing needs to be stored for it,
// and with another key all links made so far are void.
func (h *Handler) secret(k kind, id string) string {
	if h.key == nil || k == requestQueues { // queues have no links
		return ""
	}
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(k.path() + "/" + id))
	return new(big.Int).SetBytes(mac.Sum(nil)).Text(62)
}

// sign gives an owner the secret, and links that work without a token.
func (h *Handler) sign(object *described, found *storage) {
	object.Secret = h.secret(found.kind, found.id)
	if object.Secret == "" || found.public() {
		return
	}
	query := "?signature=" + url.QueryEscape(signature.Storage(object.Secret, found.id, time.Time{}))
	if object.datasetFacts != nil {
		object.ItemsPublicURL += query
	}
	if object.storeFacts != nil {
		object.KeysPublicURL += query
	}
}

// public tells whether links work without a signature.
func (s *storage) public() bool {
	return s.access == "ANYONE_WITH_ID_CAN_READ" || s.access == "ANYONE_WITH_NAME_CAN_READ"
}

// recordLink makes the public URLs of a store's records. An owner's work without
// a token.
func (h *Handler) recordLink(r *http.Request, store *storage) func(key string) string {
	address, secret := objectURL(r, keyValueStores, store.id)+"/records/", h.secret(keyValueStores, store.id)
	return func(key string) string {
		link := address + url.PathEscape(key)
		if secret == "" || store.public() || isVisit(r) {
			return link
		}
		return link + "?signature=" + url.QueryEscape(signature.Record(secret, key))
	}
}
