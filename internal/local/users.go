package local

import (
	"net/http"
	"strings"
	"time"
)

// The one user that owns everything in a directory.
const (
	userID   = "LocalStorageUser1"
	username = "local"
)

func (h *Handler) getMe(w http.ResponseWriter, _ *http.Request) error {
	writeData(w, http.StatusOK, map[string]any{
		"id": userID, "username": username, "profile": struct{}{}, "isPaying": false,
		"plan":                      map[string]any{"id": "LOCAL", "description": "A local storage directory", "availableProxyGroups": struct{}{}},
		"proxy":                     map[string]any{"password": "", "groups": []string{}},
		"effectivePlatformFeatures": struct{}{},
	})
	return nil
}

func (h *Handler) getUser(w http.ResponseWriter, r *http.Request) error {
	if user := r.PathValue("user"); user != userID && !strings.EqualFold(user, username) {
		return &apiError{http.StatusNotFound, "user-not-found", "User was not found"}
	}
	writeData(w, http.StatusOK, map[string]any{"username": username, "profile": struct{}{}})
	return nil
}

// getLimits answers with the API's fields. Zero stands for what does not exist
// here; storages do not expire, so the retention is as long as can be said.
func (h *Handler) getLimits(w http.ResponseWriter, _ *http.Request) error {
	limits, current := map[string]int64{"dataRetentionDays": 36_500}, map[string]int64{"activeActorJobCount": 0}
	for _, name := range []string{
		"MonthlyUsageUsd", "MonthlyActorComputeUnits", "MonthlyExternalDataTransferGbytes", "MonthlyProxySerps",
		"MonthlyResidentialProxyGbytes", "ActorMemoryGbytes", "ActorCount", "ActorTaskCount", "TeamAccountSeatCount", "ScheduleCount",
	} {
		limits["max"+name] = 0
		current[strings.ToLower(name[:1])+name[1:]] = 0
	}
	limits["maxConcurrentActorJobs"] = 0
	now := time.Now().UTC()
	start := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	writeData(w, http.StatusOK, map[string]any{
		"monthlyUsageCycle": map[string]timestamp{"startAt": timestamp(start), "endAt": timestamp(start.AddDate(0, 1, 0).Add(-time.Millisecond))},
		"limits":            limits, "current": current,
	})
	return nil
}
