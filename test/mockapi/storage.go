package mockapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type kind struct {
	path    string // in URLs
	runPath string
	prefix  string // of generated IDs
}

var (
	datasets       = &kind{"datasets", "dataset", "DS"}
	keyValueStores = &kind{"key-value-stores", "key-value-store", "KV"}
	requestQueues  = &kind{"request-queues", "request-queue", "RQ"}
)

func kindAt(path string) (*kind, bool) {
	for _, k := range []*kind{datasets, keyValueStores, requestQueues} {
		if k.path == path || k.runPath == path {
			return k, true
		}
	}
	return nil, false
}

type storage struct {
	kind                *kind
	id, name            string // name "": unnamed
	ownerID, owner      string
	access              string
	actID, runID        string
	created, modified   time.Time
	items               []json.RawMessage // exactly the bytes that were pushed
	views               map[string]view   // of a dataset's schema
	queue               []*queued
	places              float64 // of the queue's requests
	client              string  // that used the queue first
	severalClients      bool
	records             map[string]*record
	totalLag, growsLeft int
}

// Add makes a storage of the caller's and returns its ID. An empty name makes
// an unnamed one. kindPath is the path segment, such as "datasets".
func (s *Server) Add(kindPath, name string) string { return s.add(kindPath, name, UserID, Username) }

// AddForeign makes a storage of another user's, with that access level.
func (s *Server) AddForeign(kindPath, name, access string) string {
	id := s.add(kindPath, name, OtherUserID, OtherUsername)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.byID(id).access = access
	return id
}

func (s *Server) add(kindPath, name, ownerID, owner string) string {
	k, ok := kindAt(kindPath)
	if !ok {
		panic("mockapi: no storage kind " + kindPath)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.create(k, name, ownerID, owner).id
}

// create needs the mutex.
func (s *Server) create(k *kind, name, ownerID, owner string) *storage {
	s.nextID++
	s.clock = s.clock.Add(time.Minute)
	made := &storage{
		kind: k, id: fmt.Sprintf("%smock%011d", k.prefix, s.nextID), name: name,
		ownerID: ownerID, owner: owner, access: "FOLLOW_USER_SETTING",
		created: s.clock, modified: s.clock,
		totalLag: s.behave.TotalLagAnswers, growsLeft: s.behave.GrowAnswers,
	}
	s.storages = append(s.storages, made)
	return made
}

func (s *Server) byID(id string) *storage {
	for _, each := range s.storages {
		if each.id == id {
			return each
		}
	}
	return nil
}

func (s *Server) byName(k *kind, ownerID, name string) *storage {
	for _, each := range s.storages {
		if each.kind == k && each.ownerID == ownerID && each.name != "" && strings.EqualFold(each.name, name) {
			return each
		}
	}
	return nil
}

// find resolves a path segment: an ID, ~name, username~name or userId~name. A
// segment without ~ is never a name.
func (s *Server) find(k *kind, segment string, who *caller) (*storage, error) {
	missing := errorf(http.StatusNotFound, "record-not-found", "%s was not found", map[*kind]string{
		datasets: "Dataset", keyValueStores: "Key-value Store", requestQueues: "Request queue",
	}[k])
	user, name, named := strings.Cut(segment, "~")
	var found *storage
	switch {
	case !named:
		if found = s.byID(segment); found != nil && found.kind != k {
			found = nil
		}
	default:
		if err := needToken(who); err != nil {
			return nil, err
		}
		ownerID := user
		switch user {
		case "", Username:
			ownerID = UserID
		case OtherUsername:
			ownerID = OtherUserID
		}
		found = s.byName(k, ownerID, name)
	}
	if found == nil {
		if err := needToken(who); err != nil {
			return nil, err
		}
		return nil, missing
	}
	return found, mayRead(who, found)
}

var nameRule = regexp.MustCompile(`^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])$`)

func checkName(name string) error {
	if len(name) > 63 || !nameRule.MatchString(name) {
		return errorf(http.StatusBadRequest, "invalid-value", "Invalid value provided in name parameter: Value is not a valid storage name")
	}
	return nil
}

func (s *Server) collection(r *http.Request, who *caller, k *kind, body []byte) (answer, error) {
	if err := needToken(who); err != nil {
		return answer{}, err
	}
	query := r.URL.Query()
	switch r.Method {
	case http.MethodGet:
		return s.list(query, who, k)
	case http.MethodPost:
		return s.post(r, who, k, body)
	}
	return answer{}, errorf(http.StatusMethodNotAllowed, "method-not-allowed", "This API end-point can only be accessed using the following HTTP methods: GET, POST")
}

func (s *Server) post(r *http.Request, who *caller, k *kind, body []byte) (answer, error) {
	if err := mayWrite(who, nil); err != nil {
		return answer{}, err
	}
	views, err := viewsOf(r, body)
	if err != nil {
		return answer{}, err
	}
	query := r.URL.Query()
	name := query.Get("name")
	if query.Has("name") {
		if err := checkName(name); err != nil {
			return answer{}, err
		}
		if existing := s.byName(k, who.userID, name); existing != nil {
			return dataAnswer(http.StatusOK, s.describe(existing, who, false)), nil
		}
	}
	made := s.create(k, name, who.userID, who.username)
	made.views = views
	reply := dataAnswer(http.StatusCreated, s.describe(made, who, false))
	reply.header.Set("Location", s.URL()+"/v2/"+k.path+"/"+made.id)
	return reply, nil
}

const maxListLimit = 1000

func (s *Server) list(query url.Values, who *caller, k *kind) (answer, error) {
	offset, err := wholeNumber(query, "offset", 0)
	if err != nil {
		return answer{}, err
	}
	limit, err := wholeNumber(query, "limit", maxListLimit)
	if err != nil {
		return answer{}, err
	}
	limit = min(limit, maxListLimit)
	unnamed, descending := flag(query, "unnamed"), flag(query, "desc")
	var all []*storage
	for _, each := range s.storages {
		owned := each.ownerID == who.userID
		ownership := query.Get("ownership")
		switch {
		case each.kind != k, each.name == "" && !unnamed,
			!owned && mayRead(who, each) != nil,
			ownership == "ownedByMe" && !owned, ownership == "sharedWithMe" && owned:
			continue
		}
		all = append(all, each)
	}
	if descending {
		slices.Reverse(all)
	}
	page := all[min(offset, len(all)):min(offset+limit, len(all))]
	described := []any{}
	for _, each := range page {
		described = append(described, s.describe(each, who, true))
	}
	return dataAnswer(http.StatusOK, map[string]any{
		"total": len(all), "offset": offset, "limit": limit, "desc": descending, "unnamed": unnamed,
		"count": len(described), "items": described,
	}), nil
}

func wholeNumber(query url.Values, name string, fallback int) (int, error) {
	if !query.Has(name) {
		return fallback, nil
	}
	number, err := strconv.Atoi(query.Get(name))
	if err != nil || number < 0 {
		return 0, errorf(http.StatusBadRequest, "invalid-value", "Invalid value provided in %s parameter: Value must be a non-negative integer", name)
	}
	return number, nil
}

func flag(query url.Values, name string) bool {
	return query.Get(name) == "1" || query.Get(name) == "true"
}
