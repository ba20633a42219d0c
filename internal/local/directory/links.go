package directory

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
func (d *Directory) FindByID(collection, id string) (*Found, error) {
	return d.look(collection, func(k Kind, s *Collection) (*Storage, error) {
		return d.findByID(s, Ref{Kind: k, ID: id})
	})
}

// FindByName is FindByID for a name.
func (d *Directory) FindByName(collection, name string) (*Found, error) {
	return d.look(collection, func(_ Kind, s *Collection) (*Storage, error) { return s.findByName(name) })
}

func (d *Directory) look(collection string, find func(Kind, *Collection) (*Storage, error)) (*Found, error) {
	for _, k := range Kinds() {
		if k.Path() != collection {
			continue
		}
		var found *Storage
		err := d.Read(k, func(s *Collection) (err error) {
			found, err = find(k, s)
			return err
		})
		if err != nil || found == nil {
			return nil, err
		}
		return &Found{found.ID, found.access, d.secret(k, found.ID)}, nil
	}
	return nil, nil
}

// secret is a storage's urlSigningSecretKey. Nothing needs to be stored for it,
// and with another key all links made so far are void.
func (d *Directory) secret(k Kind, id string) string {
	if d.key == nil || k == RequestQueues { // queues have no links
		return ""
	}
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(k.Path() + "/" + id))
	return new(big.Int).SetBytes(mac.Sum(nil)).Text(62)
}

// sign gives an owner the secret, and links that work without a token.
func (d *Directory) sign(object *Object, found *Storage) {
	object.Secret = d.secret(found.Kind, found.ID)
	if object.Secret == "" || found.public() {
		return
	}
	query := "?signature=" + url.QueryEscape(signature.Storage(object.Secret, found.ID, time.Time{}))
	if object.DatasetFacts != nil {
		object.ItemsPublicURL += query
	}
	if object.StoreFacts != nil {
		object.KeysPublicURL += query
	}
}

// public tells whether links work without a signature.
func (s *Storage) public() bool {
	return s.access == "ANYONE_WITH_ID_CAN_READ" || s.access == "ANYONE_WITH_NAME_CAN_READ"
}

// RecordLink makes the public URLs of a store's records. An owner's work without
// a token.
func (d *Directory) RecordLink(r *http.Request, store *Storage) func(key string) string {
	address, secret := ObjectURL(r, KeyValueStores, store.ID)+"/records/", d.secret(KeyValueStores, store.ID)
	return func(key string) string {
		link := address + url.PathEscape(key)
		if secret == "" || store.public() || isVisit(r) {
			return link
		}
		return link + "?signature=" + url.QueryEscape(signature.Record(secret, key))
	}
}
