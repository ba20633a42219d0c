package directory

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// listing is what a collection's GET answers.
type listing struct {
	wire.Page[Object]
	Unnamed bool `json:"unnamed"`
}

// Object is a storage's object. Lists and single objects carry the same
// members; each kind has some of its own.
type Object struct {
	ID            string    `json:"id"`
	Name          *string   `json:"name"`
	UserID        string    `json:"userId"`
	Username      string    `json:"username"`
	CreatedAt     wire.Time `json:"createdAt"`
	ModifiedAt    wire.Time `json:"modifiedAt"`
	AccessedAt    wire.Time `json:"accessedAt"`
	ActID         *string   `json:"actId"`
	ActRunID      *string   `json:"actRunId"`
	GeneralAccess string    `json:"generalAccess"`
	*DatasetFacts
	*StoreFacts
	*QueueFacts
	Stats      usage           `json:"stats"`
	Schema     json.RawMessage `json:"schema,omitempty"`
	Secret     string          `json:"urlSigningSecretKey,omitempty"` // for those who may write
	ConsoleURL string          `json:"consoleUrl"`                    // see pageURL
}

// DatasetFacts are the members that datasets have.
type DatasetFacts struct {
	ItemCount int64 `json:"itemCount"`
	// CleanItemCount is the same as ItemCount but for datasets that are asked
	// for alone: see cleanItems.
	CleanItemCount int64    `json:"cleanItemCount"`
	ItemsPublicURL string   `json:"itemsPublicUrl"`
	Fields         []string `json:"fields"` // nobody has noted any
}

// StoreFacts are the members that key-value stores have.
type StoreFacts struct {
	KeysPublicURL    string `json:"keysPublicUrl"`
	RecordsPublicURL string `json:"recordsPublicUrl"`
}

// QueueFacts are the members that request queues have.
type QueueFacts struct {
	TotalRequestCount   int64 `json:"totalRequestCount"`
	HandledRequestCount int64 `json:"handledRequestCount"`
	PendingRequestCount int64 `json:"pendingRequestCount"`
	HadMultipleClients  bool  `json:"hadMultipleClients"`
}

// describer makes the objects of storages. It counts items or requests, so it is
// for those that are really shown. alone: one storage is asked for by itself.
func (d *Directory) describer(r *http.Request, s *Collection, alone bool) (func(*Storage) (Object, error), error) {
	owned, err := d.owner.Describer(s.Root)
	if err != nil {
		return nil, err
	}
	return func(found *Storage) (Object, error) {
		object := d.basics(r, found)
		owned(found, &object)
		if err := d.contents[found.Kind].Describe(r, s, found, &object, alone); err != nil {
			return Object{}, err
		}
		if !isVisit(r) {
			d.sign(&object, found)
		}
		return object, nil
	}, nil
}

// describeOne makes the object of a storage that is asked for alone.
func (d *Directory) describeOne(r *http.Request, s *Collection, found *Storage) (Object, error) {
	describe, err := d.describer(r, s, true)
	if err != nil {
		return Object{}, err
	}
	return describe(found)
}

// basics is what the storages of all kinds have.
func (d *Directory) basics(r *http.Request, found *Storage) Object {
	object := Object{
		ID:        found.ID,
		CreatedAt: wire.Time(found.created), ModifiedAt: wire.Time(found.Modified), AccessedAt: wire.Time(found.accessed),
		GeneralAccess: found.access, Schema: found.Schema, ConsoleURL: d.pageURL(r, found), Stats: d.usages.of(found),
	}
	if found.Name != "" {
		object.Name = &found.Name
	}
	return object
}

// pageURL is where a storage can be looked at: on the page of the server where
// there is one, else at its own address.
func (d *Directory) pageURL(r *http.Request, found *Storage) string {
	if !d.Page {
		return ObjectURL(r, found.Kind, found.ID)
	}
	return strings.TrimSuffix(BaseURL(r), "/v2") + "/storage/" + found.Kind.Path() + "/" + found.ID
}

// ObjectURL is a storage's address as the client reached us.
func ObjectURL(r *http.Request, k Kind, id string) string {
	return BaseURL(r) + "/" + k.Path() + "/" + id
}

// BaseURL is the API's address as the client reached us.
func BaseURL(r *http.Request) string {
	scheme := r.URL.Scheme
	switch {
	case scheme != "": // in process
	case r.TLS != nil:
		scheme = "https"
	default:
		scheme = "http"
	}
	return scheme + "://" + r.Host + "/v2"
}
