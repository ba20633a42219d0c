package local

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"
)

// runShort is a run as lists have it.
type runShort struct {
	ID                     string     `json:"id"`
	ActID                  string     `json:"actId"`
	UserID                 string     `json:"userId"`
	TaskID                 *string    `json:"actorTaskId"`
	StartedAt              timestamp  `json:"startedAt"`
	FinishedAt             *timestamp `json:"finishedAt"`
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
	Stats              struct{}       `json:"stats"`
	ChargedEventCounts map[string]int `json:"chargedEventCounts"`
	Options            runOptions     `json:"options"`
	ExitCode           *int           `json:"exitCode"`
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
	return "runs/" + hashedKey(id) + ".json"
}

// shortRun describes a run. Storages are named by their IDs where they exist,
// else as runs.json names them: both lead there.
func (h *Handler) shortRun(run *localRun) (runShort, error) {
	object := runShort{
		ID: run.ID, ActID: run.ActorID, UserID: h.user.ID, StartedAt: timestamp(run.StartedAt), Status: run.Status,
		Meta: runMeta{"DEVELOPMENT"}, BuildID: run.BuildID,
	}
	if run.TaskID != "" {
		object.TaskID = &run.TaskID
	}
	if !run.FinishedAt.IsZero() {
		object.FinishedAt = new(timestamp(run.FinishedAt))
	}
	for k, id := range map[kind]*string{
		datasets: &object.DefaultDatasetID, keyValueStores: &object.DefaultKeyValueStoreID, requestQueues: &object.DefaultRequestQueueID,
	} {
		ref := run.storage(k)
		err := h.read(k, func(s *shelf) error {
			found, err := h.find(s, ref)
			if err == nil {
				*id = found.id
			}
			return err
		})
		if isNotFound(err) {
			*id, err = cmp.Or(ref.id, ref.name), nil
		}
		if err != nil {
			return object, err
		}
	}
	return object, nil
}

func (h *Handler) describeRun(run *localRun) (object runObject, err error) {
	if object.runShort, err = h.shortRun(run); err != nil {
		return object, err
	}
	if object.runNotes, err = h.readRunNotes(run); err != nil {
		return object, err
	}
	object.ChargedEventCounts = map[string]int{}
	object.Options = runOptions{Build: "latest", MemoryMbytes: mostMemory}
	if run.Status == "SUCCEEDED" {
		object.ExitCode = new(0)
	}
	return object, nil
}

func (h *Handler) readRunNotes(run *localRun) (notes runNotes, err error) {
	if run.StatusMessage != "" {
		notes.StatusMessage = &run.StatusMessage
	}
	notes.GeneralAccess = defaultAccess
	root, err := h.root()
	if errors.Is(err, fs.ErrNotExist) {
		return notes, nil
	}
	if err != nil {
		return notes, err
	}
	defer closing(root, &err)
	return notes, ignoreMissing(readSmallJSON(root, privateFolder+"/"+runNotesFile(run.ID), &notes))
}

// getRun answers GET of a run.
func (h *Handler) getRun(w http.ResponseWriter, r *http.Request) error {
	run, err := h.awaitRun(r)
	if err != nil {
		return err
	}
	object, err := h.describeRun(run)
	if err != nil {
		return err
	}
	writeData(w, http.StatusOK, object)
	return nil
}

// Waiting for a run: how long at most, and how often the file is looked at.
const (
	mostWait    = time.Minute
	runInterval = 200 * time.Millisecond
)

// awaitRun finds the path's run, and waits for its end as long as the request
// asks for.
func (h *Handler) awaitRun(r *http.Request) (*localRun, error) {
	q := query{values: r.URL.Query()}
	seconds := q.whole("waitForFinish", 0)
	if q.err != nil {
		return nil, q.err
	}
	over := time.NewTimer(min(time.Duration(min(seconds, 3600))*time.Second, mostWait))
	defer over.Stop()
	again := time.NewTicker(runInterval)
	defer again.Stop()
	for {
		run, err := h.runOf(r)
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

// updateRun answers PUT of a run: what an Actor says of itself.
func (h *Handler) updateRun(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runOf(r)
	if err != nil {
		return err
	}
	notes, err := h.readRunNotes(run)
	if err != nil {
		return err
	}
	var body struct {
		RunID string `json:"runId"`
		*runNotes
	}
	body.runNotes = &notes
	if err := readObject(w, r, &body); err != nil {
		return err
	}
	switch {
	case body.RunID != "" && body.RunID != run.ID:
		return invalidValue("The runId is not that of the URL")
	case notes.GeneralAccess == "ANYONE_WITH_NAME_CAN_READ" || !slices.Contains(accessLevels(), notes.GeneralAccess):
		return invalidValue("The generalAccess of a run is FOLLOW_USER_SETTING, RESTRICTED or ANYONE_WITH_ID_CAN_READ")
	}
	if err := h.writeRunNotes(run.ID, notes); err != nil {
		return err
	}
	object, err := h.describeRun(run)
	if err != nil {
		return err
	}
	writeData(w, http.StatusOK, object)
	return nil
}

func (h *Handler) writeRunNotes(id string, notes runNotes) (err error) {
	root, err := h.rootForWriting()
	if err != nil {
		return err
	}
	defer closing(root, &err)
	if err := root.MkdirAll(privateFolder+"/runs", 0o777); err != nil {
		return err
	}
	return writeJSONFile(root, runNotesFile(id), notes)
}

// listRuns answers GET of the runs, of all, of an Actor's or of a task's.
func (h *Handler) listRuns(w http.ResponseWriter, r *http.Request) error {
	q := query{values: r.URL.Query()}
	offset, limit, descending := q.whole("offset", 0), q.whole("limit", maxListLimit), q.flag("desc")
	statuses := q.names("status")
	after, before := q.point("startedAfter"), q.point("startedBefore")
	if q.err != nil {
		return q.err
	}
	if limit == 0 || limit > maxListLimit {
		limit = maxListLimit
	}
	list, err := h.runs()
	if err != nil {
		return err
	}
	selected := list.selected(r)
	runs := slices.DeleteFunc(list.runs, func(run *localRun) bool {
		return !selected(run) || len(statuses) > 0 && !slices.Contains(statuses, run.Status) ||
			run.StartedAt.Before(after) || !before.IsZero() && run.StartedAt.After(before)
	})
	if descending {
		slices.Reverse(runs)
	}
	page := struct {
		Total  int64      `json:"total"`
		Offset int64      `json:"offset"`
		Limit  int64      `json:"limit"`
		Desc   bool       `json:"desc"`
		Count  int        `json:"count"`
		Items  []runShort `json:"items"`
	}{Total: int64(len(runs)), Offset: offset, Limit: limit, Desc: descending, Items: []runShort{}}
	runs = runs[min(offset, page.Total):]
	for _, run := range runs[:min(limit, int64(len(runs)))] {
		object, err := h.shortRun(run)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, object)
	}
	page.Count = len(page.Items)
	writeData(w, http.StatusOK, page)
	return nil
}

// getActor answers GET of an Actor: as much as the runs tell, so that it can be
// called by its name.
func (h *Handler) getActor(w http.ResponseWriter, r *http.Request) error {
	list, err := h.runs()
	if err != nil {
		return err
	}
	if !list.listed {
		return notImplemented("Actors without " + runsFile)
	}
	run, err := list.last("", func(run *localRun) bool { return run.isActor(r.PathValue("actor")) })
	if err != nil {
		return &apiError{http.StatusNotFound, "record-not-found", "Actor was not found"}
	}
	owner, name, ok := strings.Cut(run.Actor, "~")
	if !ok {
		owner, name = h.user.Name, run.Actor
	}
	writeData(w, http.StatusOK, map[string]any{
		"id": run.ActorID, "userId": h.user.ID, "username": cmp.Or(owner, h.user.Name), "name": cmp.Or(name, run.ActorID),
	})
	return nil
}

// point reads a point in time; none is the zero time.
func (q *query) point(parameter string) time.Time {
	text := q.values.Get(parameter)
	if text == "" {
		return time.Time{}
	}
	point, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		q.fail(parameter, "a time such as 2025-09-01T00:00:00.000Z")
	}
	return point
}
