package mockapi

import (
	"net/http"
	"strings"
)

type run struct {
	id, actor string
	status    string
	defaults  map[*kind]string // IDs of the default storages
	aliases   map[*kind]object // IDs of others
}

// AddRun makes a run with default storages and returns their IDs by path. The
// last one added for an Actor is its last run. actor is "username~name".
func (s *Server) AddRun(id, actor string) map[string]string {
	made := &run{id: id, actor: actor, status: "SUCCEEDED", defaults: map[*kind]string{}}
	ids := map[string]string{}
	for _, k := range []*kind{datasets, keyValueStores, requestQueues} {
		made.defaults[k] = s.Add(k.path, "")
		ids[k.path] = made.defaults[k]
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, each := range s.storages {
		if ids[each.kind.path] == each.id {
			each.runID = id
		}
	}
	s.runs[id] = made
	s.runs["last of "+actor] = made
	return ids
}

// AddAlias makes a storage that a run calls by an alias, and returns its ID.
func (s *Server) AddAlias(id, path, alias string) string {
	made := s.Add(path, "")
	k, _ := kindAt(path)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.runs[id].aliases == nil {
		s.runs[id].aliases = map[*kind]object{}
	}
	s.runs[id].aliases[k] = append(s.runs[id].aliases[k], field{alias, made})
	return made
}

// SetRunStatus changes what a run is said to do. One that was added has SUCCEEDED.
func (s *Server) SetRunStatus(id, status string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.runs[id].status = status
}

// routeRun serves /actor-runs/{id}[/dataset…] and /acts/{actor}/runs/last[/dataset…].
func (s *Server) routeRun(r *http.Request, who *caller, parts []string, body []byte) (answer, error) {
	if err := needToken(who); err != nil {
		return answer{}, err
	}
	var found *run
	var rest []string
	switch {
	case parts[0] == "actor-runs" && len(parts) >= 2:
		found, rest = s.runs[parts[1]], parts[2:]
	case len(parts) >= 4 && parts[2] == "runs" && parts[3] == "last":
		found, rest = s.runs["last of "+parts[1]], parts[4:]
	default:
		return answer{}, errorf(http.StatusNotFound, "page-not-found", "no API endpoint at /v2/%s", strings.Join(parts, "/"))
	}
	if found == nil {
		return answer{}, errorf(http.StatusNotFound, "record-not-found", "Actor run was not found")
	}
	if len(rest) == 0 {
		return dataAnswer(http.StatusOK, object{
			{"id", found.id},
			{"status", found.status},
			{"userId", UserID},
			{"defaultDatasetId", found.defaults[datasets]},
			{"defaultKeyValueStoreId", found.defaults[keyValueStores]},
			{"defaultRequestQueueId", found.defaults[requestQueues]},
			{"storageIds", object{
				{"datasets", found.aliases[datasets]}, {"keyValueStores", found.aliases[keyValueStores]}, {"requestQueues", found.aliases[requestQueues]},
			}},
		}), nil
	}
	k, ok := kindAt(rest[0])
	if !ok || rest[0] != k.runPath {
		return answer{}, errorf(http.StatusNotFound, "page-not-found", "no API endpoint at /v2/%s", strings.Join(parts, "/"))
	}
	target := s.byID(found.defaults[k])
	if target == nil {
		return answer{}, errorf(http.StatusNotFound, "record-not-found", "The run's storage was not found")
	}
	return s.routeStorage(r, who, target, rest[1:], body)
}
