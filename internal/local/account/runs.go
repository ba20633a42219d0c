package account

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// runsFile lists the runs whose storages the directory holds. It is the user's:
// we read it and never write it. Where there is none, every run is one run,
// whose storages are the folders called "default", as in the SDKs.
const runsFile = "runs.json"

// Who runs in a directory that does not say it. The form of the platform's IDs.
const (
	localActorID = "LocalStorageActor"
	localBuildID = "LocalStorageBuild"
)

// localRun is a run as runs.json describes it, in the API's own words. Storages
// are called by ID or name; one left out is the folder "default".
type localRun struct {
	ID                     string    `json:"id"`
	ActorID                string    `json:"actId"`
	Actor                  string    `json:"actor"` // its name, or username~name: not the API's
	TaskID                 string    `json:"actorTaskId"`
	Status                 string    `json:"status"` // "": SUCCEEDED once it has finished
	StatusMessage          string    `json:"statusMessage"`
	StartedAt              time.Time `json:"startedAt"`
	FinishedAt             time.Time `json:"finishedAt"`
	BuildID                string    `json:"buildId"`
	DefaultDatasetID       string    `json:"defaultDatasetId"`
	DefaultKeyValueStoreID string    `json:"defaultKeyValueStoreId"`
	DefaultRequestQueueID  string    `json:"defaultRequestQueueId"`

	StorageIDs map[string]map[string]string `json:"storageIds"` // by kind and alias: datasets, keyValueStores, requestQueues
}

// runStatuses are the states of a run; those of ended ones come last.
func runStatuses() []string {
	return []string{"READY", "RUNNING", "TIMING-OUT", "ABORTING", "SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"}
}

func (r *localRun) ended() bool {
	return slices.Index(runStatuses(), r.Status) >= slices.Index(runStatuses(), "SUCCEEDED")
}

// storage is what the run calls its default storage of a kind.
func (r *localRun) storage(k directory.Kind) directory.Ref {
	name := [...]string{
		directory.Datasets: r.DefaultDatasetID, directory.KeyValueStores: r.DefaultKeyValueStoreID, directory.RequestQueues: r.DefaultRequestQueueID,
	}[k]
	if name == "" {
		return directory.DefaultReference(k)
	}
	return reference(k, name)
}

// reference is what runs.json means by an ID or a name.
func reference(k directory.Kind, name string) directory.Ref {
	if directory.ValidName(name) && !directory.LooksLikeID(name) && !directory.IsDeviceName(name) {
		return directory.Ref{Kind: k, Name: name, Run: true}
	}
	return directory.Ref{Kind: k, ID: name}
}

// owns tells whether a storage is the run's default one.
func (r *localRun) owns(found *directory.Storage) bool {
	ref := r.storage(found.Kind)
	return ref.ID != "" && found.AnswersTo(ref.ID) || ref.Name != "" && strings.EqualFold(ref.Name, found.Folder)
}

// isActor compares the run's Actor with what a URL calls it: an ID, a name,
// username~name or ~name.
func (r *localRun) isActor(text string) bool {
	_, name, qualified := strings.Cut(text, "~")
	owner, own, ofUser := strings.Cut(r.Actor, "~")
	switch {
	case text == r.ActorID:
		return true
	case !ofUser:
		own = r.Actor
	case qualified && !strings.HasPrefix(text, "~"):
		return strings.EqualFold(text, owner+"~"+own)
	}
	if !qualified {
		name = text
	}
	return own != "" && strings.EqualFold(name, own)
}

// runList is what a directory knows of runs, the last started last.
type runList struct {
	runs   []*localRun
	listed bool // there is a runs.json: what it does not list does not exist
}

// readRuns reads runs.json. A file that makes no sense is an error: guessing
// would read and write another run's storages.
func readRuns(root *os.Root) (runList, error) {
	var list runList
	text, err := atomicfile.ReadSmall(root, runsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &list.runs)
	}
	list.listed = true
	for i, run := range list.runs {
		if err == nil {
			err = run.check()
		}
		if err != nil {
			return list, fmt.Errorf("%s: run %d: %w", runsFile, i+1, err)
		}
	}
	if err != nil {
		return list, fmt.Errorf("%s must be an array of runs: %w", runsFile, err)
	}
	slices.SortStableFunc(list.runs, func(a, b *localRun) int { return a.StartedAt.Compare(b.StartedAt) })
	return list, nil
}

// check refuses what cannot be a run, and fills in what follows from the rest.
func (r *localRun) check() error {
	switch {
	case r == nil || r.ID == "":
		return errors.New("it needs an id")
	case strings.Contains(r.Actor, "/"):
		return errors.New("an actor is a name, or username~name")
	case r.Status == "" && r.FinishedAt.IsZero():
		r.Status = "RUNNING"
	case r.Status == "":
		r.Status = "SUCCEEDED"
	case !slices.Contains(runStatuses(), r.Status):
		return fmt.Errorf("the status is one of %s", strings.Join(runStatuses(), ", "))
	}
	r.ActorID, r.BuildID = cmp.Or(r.ActorID, localActorID), cmp.Or(r.BuildID, localBuildID)
	return nil
}

// of is the run that has a storage for its default one; nil: none. Of several
// it is the last.
func (l runList) of(found *directory.Storage) *localRun {
	for _, run := range slices.Backward(l.runs) {
		if run.owns(found) {
			return run
		}
	}
	return nil
}

// last is the last run that matches; nil: none.
func (l runList) last(matches func(*localRun) bool) *localRun {
	for _, run := range slices.Backward(l.runs) {
		if matches(run) {
			return run
		}
	}
	return nil
}

// selected narrows the list to what a path names: an Actor's runs, a task's, or
// all.
func (l runList) selected(r *http.Request) func(*localRun) bool {
	actor, task := r.PathValue("actor"), r.PathValue("task")
	return func(run *localRun) bool {
		return (actor == "" || run.isActor(actor)) && (task == "" || run.TaskID == task)
	}
}

// defaultRun is the ID under which a directory that lists runs has one more, with
// the storages called "default": what a user starts who has no ID to give.
const defaultRun = "anything"

// runOf finds the run that a path names: by its ID, or as the last one of an
// Actor or a task, with the status asked for. Where the directory lists no runs,
// each one that is called by an ID is the one run that there is.
func (a *Handler) runOf(r *http.Request) (*localRun, error) {
	list, err := a.runs()
	if err != nil {
		return nil, err
	}
	id, statuses, selected := r.PathValue("run"), r.URL.Query().Get("status"), list.selected(r)
	var run *localRun
	switch {
	case id == "":
		run = list.last(func(run *localRun) bool {
			return selected(run) && (statuses == "" || slices.Contains(strings.Split(statuses, ","), run.Status))
		})
	case list.listed && id != defaultRun:
		run = list.last(func(run *localRun) bool { return run.ID == id })
	default:
		run = &localRun{ID: id, StartedAt: time.Now()}
		err = run.check()
	}
	if run == nil {
		err = wire.NewError(http.StatusNotFound, "record-not-found", "Actor run was not found")
	}
	return run, err
}

func (a *Handler) runs() (list runList, err error) {
	root, err := a.Root()
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return list, err
	}
	defer directory.Closing(root, &err)
	return readRuns(root)
}

// OfRun is where the default storage of a path's run is.
func (a *Handler) OfRun(k directory.Kind) func(*http.Request) (directory.Ref, error) {
	return func(r *http.Request) (directory.Ref, error) {
		run, err := a.runOf(r)
		if err != nil {
			return directory.Ref{}, err
		}
		return run.storage(k), nil
	}
}
