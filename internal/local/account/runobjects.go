package account

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// runShort is a run as lists have it.
type runShort struct {
	ID                     string     `json:"id"`
	ActID                  string     `json:"actId"`
	UserID                 string     `json:"userId"`
	TaskID                 *string    `json:"actorTaskId"`
	StartedAt              wire.Time  `json:"startedAt"`
	FinishedAt             *wire.Time `json:"finishedAt"`
	Status                 string     `json:"status"`
	Meta                   runMeta    `json:"meta"`
	BuildID                string     `json:"buildId"`
	UsageTotalUSD          float64    `json:"usageTotalUsd"`
	DefaultKeyValueStoreID string     `json:"defaultKeyValueStoreId"`
	DefaultDatasetID       string     `json:"defaultDatasetId"`
	DefaultRequestQueueID  string     `json:"defaultRequestQueueId"`
}

type runMeta struct {
	Origin string `json:"origin"`
}

// runObject is a run. Nothing is charged for here, and nothing limits it.
type runObject struct {
	runShort
	runNotes
	Stats              runStats       `json:"stats"`
	ContainerURL       string         `json:"containerUrl"` // nobody listens there
	ChargedEventCounts map[string]int `json:"chargedEventCounts"`
	Options            runOptions     `json:"options"`
	ExitCode           *int           `json:"exitCode"`

	StorageIDs map[string]map[string]string `json:"storageIds"`
}

// runStats has the members that clients count on.
type runStats struct {
	RestartCount   int `json:"restartCount"`
	ResurrectCount int `json:"resurrectCount"`
	ComputeUnits   int `json:"computeUnits"`
}

type runOptions struct {
	Build        string `json:"build"`
	TimeoutSecs  int    `json:"timeoutSecs"`
	MemoryMbytes int    `json:"memoryMbytes"`
	DiskMbytes   int    `json:"diskMbytes"`
}

// runNotes are what an Actor says of its own run. They are kept beside the
// states of storages, since runs.json is the user's.
type runNotes struct {
	StatusMessage           *string `json:"statusMessage"`
	IsStatusMessageTerminal *bool   `json:"isStatusMessageTerminal"`
	GeneralAccess           string  `json:"generalAccess"`
}

// mostMemory is the most that the API can say of a run's memory.
const mostMemory = 32_768

// runNotesFile is where the notes of a run are, below .apifyctl.
func runNotesFile(id string) string {
	return "runs/" + directory.HashedName(id) + ".json"
}

// shortRun describes a run. Storages are named by their IDs where they exist,
// else as runs.json names them: both lead there.
func (a *Handler) shortRun(ctx context.Context, run *localRun) (runShort, error) {
	object := runShort{
		ID: run.ID, ActID: run.ActorID, UserID: a.user.ID, StartedAt: wire.Time(run.StartedAt), Status: run.Status,
		Meta: runMeta{"DEVELOPMENT"}, BuildID: run.BuildID,
	}
	if run.TaskID != "" {
		object.TaskID = &run.TaskID
	}
	if !run.FinishedAt.IsZero() {
		object.FinishedAt = new(wire.Time(run.FinishedAt))
	}
	for k, id := range map[directory.Kind]*string{
		directory.Datasets: &object.DefaultDatasetID, directory.KeyValueStores: &object.DefaultKeyValueStoreID, directory.RequestQueues: &object.DefaultRequestQueueID,
	} {
		var err error
		if *id, err = a.idOf(ctx, run.storage(k)); err != nil {
			return object, err
		}
	}
	return object, nil
}

// idOf is the ID of a storage where there is one, else what it is called.
func (a *Handler) idOf(ctx context.Context, ref directory.Ref) (id string, err error) {
	err = a.ReadOne(ctx, ref, func(_ *directory.Collection, found *directory.Storage) error {
		id = found.ID
		return nil
	})
	if wire.IsNotFound(err) {
		return cmp.Or(ref.ID, ref.Name), nil
	}
	return id, err
}

// storageIDs are a run's storages by kind and alias, the default ones among them.
func (a *Handler) storageIDs(ctx context.Context, run *localRun, short runShort) (map[string]map[string]string, error) {
	all := map[string]map[string]string{
		"datasets": {"default": short.DefaultDatasetID}, "keyValueStores": {"default": short.DefaultKeyValueStoreID}, "requestQueues": {"default": short.DefaultRequestQueueID},
	}
	for name, kind := range map[string]directory.Kind{"datasets": directory.Datasets, "keyValueStores": directory.KeyValueStores, "requestQueues": directory.RequestQueues} {
		for alias, called := range run.StorageIDs[name] {
			id, err := a.idOf(ctx, reference(kind, called))
			if err != nil {
				return nil, err
			}
			all[name][alias] = id
		}
	}
	return all, nil
}

func (a *Handler) describeRun(r *http.Request, run *localRun) (object runObject, err error) {
	if object.runShort, err = a.shortRun(r.Context(), run); err != nil {
		return object, err
	}
	if object.runNotes, err = a.readRunNotes(run); err != nil {
		return object, err
	}
	if object.StorageIDs, err = a.storageIDs(r.Context(), run, object.runShort); err != nil {
		return object, err
	}
	object.ContainerURL = directory.BaseURL(r) + "/actor-runs/" + url.PathEscape(run.ID)
	object.ChargedEventCounts = map[string]int{}
	object.Options = runOptions{Build: "latest", MemoryMbytes: mostMemory}
	if run.Status == "SUCCEEDED" {
		object.ExitCode = new(0)
	}
	return object, nil
}

func (a *Handler) readRunNotes(run *localRun) (notes runNotes, err error) {
	if run.StatusMessage != "" {
		notes.StatusMessage = &run.StatusMessage
	}
	notes.GeneralAccess = directory.DefaultAccess
	err = a.ReadFile(runNotesFile(run.ID), &notes)
	return notes, err
}

func (a *Handler) writeRun(w http.ResponseWriter, r *http.Request, run *localRun) error {
	object, err := a.describeRun(r, run)
	if err != nil {
		return err
	}
	wire.WriteData(w, http.StatusOK, object)
	return nil
}

// GetRun answers GET of a run.
func (a *Handler) GetRun(w http.ResponseWriter, r *http.Request) error {
	run, err := a.awaitRun(r)
	if err != nil {
		return err
	}
	return a.writeRun(w, r, run)
}

// Waiting for a run: how long at most, and how often the file is looked at.
const (
	mostWait    = time.Minute
	runInterval = 200 * time.Millisecond
)

// awaitRun finds the path's run, and waits for its end as long as the request
// asks for.
func (a *Handler) awaitRun(r *http.Request) (*localRun, error) {
	q := wire.Query{Values: r.URL.Query()}
	seconds := q.Whole("waitForFinish", 0)
	if q.Err != nil {
		return nil, q.Err
	}
	over := time.NewTimer(min(time.Duration(min(seconds, 3600))*time.Second, mostWait))
	defer over.Stop()
	again := time.NewTicker(runInterval)
	defer again.Stop()
	for {
		run, err := a.runOf(r)
		if err != nil || seconds == 0 || run.ended() {
			return run, err
		}
		select {
		case <-again.C:
		case <-over.C:
			return run, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// UpdateRun answers PUT of a run: what an Actor says of itself.
func (a *Handler) UpdateRun(w http.ResponseWriter, r *http.Request) error {
	run, err := a.runOf(r)
	if err != nil {
		return err
	}
	notes, err := a.readRunNotes(run)
	if err != nil {
		return err
	}
	var body struct {
		RunID string `json:"runId"`
		*runNotes
	}
	body.runNotes = &notes
	if err := wire.ReadObject(w, r, &body); err != nil {
		return err
	}
	switch {
	case body.RunID != "" && body.RunID != run.ID:
		return wire.InvalidValue("The runId is not that of the URL")
	case notes.GeneralAccess == "ANYONE_WITH_NAME_CAN_READ" || !slices.Contains(directory.AccessLevels(), notes.GeneralAccess):
		return wire.InvalidValue("The generalAccess of a run is FOLLOW_USER_SETTING, RESTRICTED or ANYONE_WITH_ID_CAN_READ")
	}
	if err := a.WriteFile(runNotesFile(run.ID), notes); err != nil {
		return err
	}
	return a.writeRun(w, r, run)
}

// ListRuns answers GET of the runs, of all, of an Actor's or of a task's.
func (a *Handler) ListRuns(w http.ResponseWriter, r *http.Request) error {
	q := wire.Query{Values: r.URL.Query()}
	page := wire.ReadPage[runShort](&q)
	statuses := q.Names("status")
	after, before := q.Point("startedAfter"), q.Point("startedBefore")
	if q.Err != nil {
		return q.Err
	}
	list, err := a.runs()
	if err != nil {
		return err
	}
	selected := list.selected(r)
	runs := slices.DeleteFunc(list.runs, func(run *localRun) bool {
		return !selected(run) || len(statuses) > 0 && !slices.Contains(statuses, run.Status) ||
			run.StartedAt.Before(after) || !before.IsZero() && run.StartedAt.After(before)
	})
	if err := wire.Fill(&page, runs, func(run *localRun) (runShort, error) { return a.shortRun(r.Context(), run) }); err != nil {
		return err
	}
	page.SetHeaders(w)
	wire.WriteData(w, http.StatusOK, page)
	return nil
}

// GetActor answers GET of an Actor: as much as the runs tell, so that it can be
// called by its name.
func (a *Handler) GetActor(w http.ResponseWriter, r *http.Request) error {
	list, err := a.runs()
	if err != nil {
		return err
	}
	run := list.last(func(run *localRun) bool { return run.isActor(r.PathValue("actor")) })
	if run == nil {
		return wire.NewError(http.StatusNotFound, "record-or-token-not-found", "Actor was not found or access denied")
	}
	owner, name, ok := strings.Cut(run.Actor, "~")
	if !ok {
		owner, name = a.user.Name, run.Actor
	}
	wire.WriteData(w, http.StatusOK, map[string]any{
		"id": run.ActorID, "userId": a.user.ID, "username": cmp.Or(owner, a.user.Name), "name": cmp.Or(name, run.ActorID),
	})
	return nil
}
