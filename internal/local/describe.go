package local

import (
	"encoding/json"
	"net/http"
)

// listing is what a collection's GET answers.
type listing struct {
	Total   int64       `json:"total"`
	Offset  int64       `json:"offset"`
	Limit   int64       `json:"limit"`
	Desc    bool        `json:"desc"`
	Count   int64       `json:"count"`
	Unnamed bool        `json:"unnamed"`
	Items   []described `json:"items"`
}

// described is a storage's object. Lists and single objects carry the same
// members; each kind has some of its own.
type described struct {
	ID            string    `json:"id"`
	Name          *string   `json:"name"`
	UserID        string    `json:"userId"`
	Username      string    `json:"username"`
	CreatedAt     timestamp `json:"createdAt"`
	ModifiedAt    timestamp `json:"modifiedAt"`
	AccessedAt    timestamp `json:"accessedAt"`
	ActID         *string   `json:"actId"`
	ActRunID      *string   `json:"actRunId"`
	GeneralAccess string    `json:"generalAccess"`
	*datasetFacts
	*storeFacts
	*queueFacts
	Stats      usage           `json:"stats"`
	Schema     json.RawMessage `json:"schema,omitempty"`
	Secret     string          `json:"urlSigningSecretKey,omitempty"` // for those who may write
	ConsoleURL string          `json:"consoleUrl"`                    // there is no Console: the object's own address
}

type datasetFacts struct {
	ItemCount int64 `json:"itemCount"`
	// CleanItemCount is the same as ItemCount but for datasets that are asked
	// for alone: see cleanItems.
	CleanItemCount int64  `json:"cleanItemCount"`
	ItemsPublicURL string `json:"itemsPublicUrl"`
}

type storeFacts struct {
	KeysPublicURL    string `json:"keysPublicUrl"`
	RecordsPublicURL string `json:"recordsPublicUrl"`
}

type queueFacts struct {
	TotalRequestCount   int64 `json:"totalRequestCount"`
	HandledRequestCount int64 `json:"handledRequestCount"`
	PendingRequestCount int64 `json:"pendingRequestCount"`
	HadMultipleClients  bool  `json:"hadMultipleClients"`
}

// describe makes the object of a storage. It counts items or requests, so it is
// for those that are really shown.
func (h *Handler) describe(r *http.Request, s *shelf, found *storage) (described, error) {
	address := objectURL(r, found.kind, found.id)
	object := described{
		ID: found.id, UserID: h.user.ID, Username: h.user.Name,
		CreatedAt: timestamp(found.created), ModifiedAt: timestamp(found.modified), AccessedAt: timestamp(found.accessed),
		GeneralAccess: found.access, Schema: found.schema, ConsoleURL: address, Stats: h.usages.of(found),
	}
	if found.name != "" {
		object.Name = &found.name
	}
	runs, err := s.runs()
	if err != nil {
		return described{}, err
	}
	if run := runs.of(found); run != nil {
		object.ActID, object.ActRunID = &run.ActorID, &run.ID
	}
	switch found.kind {
	case datasets:
		numbers, err := h.itemNumbers(s, found.folder)
		if err != nil {
			return described{}, err
		}
		object.datasetFacts = &datasetFacts{numbers.count(), numbers.count(), address + "/items"}
	case keyValueStores:
		object.storeFacts = &storeFacts{address + "/keys", address + "/records"}
	case requestQueues:
		counts, err := h.countRequests(r.Context(), s, found)
		if err != nil {
			return described{}, err
		}
		object.queueFacts = counts
	}
	if !isVisit(r) {
		h.sign(&object, found)
	}
	return object, nil
}

// objectURL is a storage's address as the client reached us.
func objectURL(r *http.Request, k kind, id string) string {
	scheme := r.URL.Scheme
	switch {
	case scheme != "": // in process
	case r.TLS != nil:
		scheme = "https"
	default:
		scheme = "http"
	}
	return scheme + "://" + r.Host + "/v2/" + k.path() + "/" + id
}
