package mockapi

import (
	"net/http"
	"strings"
	"time"
)

// AddAged makes an unnamed storage that was made, and last changed, so long ago,
// by a run of an Actor; "" for none. It returns the storage's ID.
func (s *Server) AddAged(kindPath string, age time.Duration, actorID, runID string) string {
	id := s.add(kindPath, "", UserID, Username)
	s.mutex.Lock()
	made := s.storages[len(s.storages)-1]
	made.actID, made.runID = actorID, runID
	s.mutex.Unlock()
	s.Age(id, age)
	return id
}

// Age says of a storage that it was made, and last changed, so long ago.
func (s *Server) Age(id string, age time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, found := range s.storages {
		if found.id == id {
			found.created = time.Now().Add(-age)
			found.modified = found.created
		}
	}
}

// AddActor makes an Actor of the caller's.
func (s *Server) AddActor(id, name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.actors[id] = name
}

// usage serves /users/me/usage/monthly: storages, and something else.
func (s *Server) usage(who *caller) (answer, error) {
	if err := needToken(who); err != nil {
		return answer{}, err
	}
	service := func(quantity, amount float64) map[string]any {
		return map[string]any{"quantity": quantity, "amountAfterVolumeDiscountUsd": amount}
	}
	now := time.Now().UTC()
	return dataAnswer(http.StatusOK, map[string]any{
		"usageCycle": map[string]any{"startAt": now.AddDate(0, 0, -20), "endAt": now.AddDate(0, 0, 10)},
		"monthlyServiceUsage": map[string]any{
			"ACTOR_COMPUTE_UNITS":                       service(3, 1.2),
			"DATASET_READS":                             service(1000, 0.25),
			"DATASET_TIMED_STORAGE_GBYTE_HOURS":         service(70, 1.5),
			"KEY_VALUE_STORE_READS":                     service(0, 0),
			"KEY_VALUE_STORE_TIMED_STORAGE_GBYTE_HOURS": service(0.001, 0.5),
		},
	}), nil
}

// actor serves /acts/{id}, or {username~name}.
func (s *Server) actor(who *caller, segment string) (answer, error) {
	if err := needToken(who); err != nil {
		return answer{}, err
	}
	for id, name := range s.actors {
		if segment == id || strings.EqualFold(segment, Username+"~"+name) {
			return dataAnswer(http.StatusOK, map[string]any{"id": id, "name": name, "username": Username}), nil
		}
	}
	return answer{}, errorf(http.StatusNotFound, "record-not-found", "Actor was not found")
}
