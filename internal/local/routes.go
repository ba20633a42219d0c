package local

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// action answers a request; an error becomes the API's error envelope.
type action func(w http.ResponseWriter, r *http.Request) error

// methods are the actions of one path. HEAD takes GET's where it has none.
type methods map[string]action

// runPrefixes are the ways to name a run.
func runPrefixes() []string {
	return []string{
		"/v2/actor-runs/{run}",
		"/v2/acts/{actor}/runs/last",
		"/v2/actors/{actor}/runs/last",
		"/v2/actor-tasks/{task}/runs/last",
	}
}

func (h *Handler) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	route := func(pattern string, m methods) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := m.serve(w, r); err != nil {
				h.WriteError(w, err)
			}
		})
	}
	route("/v2/users/me", methods{"GET": h.account.GetMe})
	route("/v2/users/me/limits", methods{"GET": h.account.GetLimits, "PUT": h.account.SetLimits})
	route("/v2/users/{user}", methods{"GET": h.account.GetUser})
	route("/v2/users/me/usage/monthly", methods{"GET": h.account.GetUsage})
	route("/", methods{}) // everything else
	for resource, instead := range otherResources() {
		notOurs := methods{anyMethod: notOffered("The resource "+resource, instead)}
		if resource != "actor-runs" { // which can be listed
			route("/v2/"+resource, notOurs)
		}
		route("/v2/"+resource+"/{rest...}", notOurs)
	}
	h.storageRoutes(directory.Datasets, h.datasets.Routes(), route)
	h.storageRoutes(directory.KeyValueStores, h.records.Routes(), route)
	h.storageRoutes(directory.RequestQueues, h.queues.Routes(), route)
	h.runRoutes(route)
	return mux
}

// runRoutes are what there is of runs and Actors besides their storages. What
// starts, ends or deletes a run needs a platform.
func (h *Handler) runRoutes(route func(string, methods)) {
	for _, prefix := range runPrefixes() {
		run := methods{"GET": h.account.GetRun}
		if all, ok := strings.CutSuffix(prefix, "/last"); ok {
			route(all, methods{"GET": h.account.ListRuns, "POST": notOffered("Starting a run", startElsewhere)})
		} else {
			run["PUT"] = h.account.UpdateRun
		}
		route(prefix, run)
		route(prefix+"/log", methods{anyMethod: notOffered("A run's log", readOutput)})
	}
	route("/v2/actor-runs", methods{"GET": h.account.ListRuns})
	for _, collection := range []string{"acts", "actors"} {
		route("/v2/"+collection+"/{actor}", methods{"GET": h.account.GetActor})
		for _, sync := range []string{"run-sync", "run-sync-get-dataset-items"} {
			route("/v2/"+collection+"/{actor}/"+sync, methods{anyMethod: notOffered("Starting a run", startElsewhere)})
		}
	}
	for _, sync := range []string{"run-sync", "run-sync-get-dataset-items"} {
		route("/v2/actor-tasks/{task}/"+sync, methods{anyMethod: notOffered("Starting a run", startElsewhere)})
	}
}

// What to do instead of asking a directory.
const (
	startElsewhere = "start the Actor's program with APIFY_API_BASE_URL set to this server, and read /v2/datasets/default/items"
	readOutput     = "the program that you started has it on its standard output"
	askPlatform    = "ask Apify's platform"
)

func (h *Handler) storageRoutes(k directory.Kind, routes directory.Routes, route func(string, methods)) {
	route("/v2/"+k.Path(), methods{
		"GET":  func(w http.ResponseWriter, r *http.Request) error { return h.dir.List(w, r, k) },
		"POST": func(w http.ResponseWriter, r *http.Request) error { return h.dir.Create(w, r, k) },
	})
	one := maps.Clone(routes)
	one[""] = map[string]directory.Action{"GET": h.dir.Get, "PUT": h.dir.Update, "DELETE": h.dir.Remove}
	named := func(r *http.Request) (directory.Ref, error) {
		return directory.ParseRef(k, r.PathValue("storage")), nil
	}
	add := func(prefix string, locate func(*http.Request) (directory.Ref, error)) {
		for suffix, actions := range one {
			m := methods{}
			for method, act := range actions {
				act = h.dir.Counted(act, method, suffix)
				m[method] = func(w http.ResponseWriter, r *http.Request) error {
					ref, err := locate(r)
					if err != nil {
						return err
					}
					if err := h.dir.MakeDefault(r, ref); err != nil {
						return err
					}
					return act(w, r, ref)
				}
			}
			route(prefix+suffix, m)
		}
	}
	add("/v2/"+k.Path()+"/{storage}", named)
	for _, prefix := range runPrefixes() {
		add(prefix+"/"+k.RunPath(), h.account.OfRun(k))
	}
}

// anyMethod stands for every method that a path has no action for.
const anyMethod = "*"

// otherResources are what the API has besides storages and users, and what to do
// instead.
func otherResources() map[string]string {
	resources := map[string]string{"logs": readOutput}
	for _, name := range []string{
		"actor-builds", "actor-runs", "actor-tasks", "actors", "acts", "browser-info", "schedules",
		"store", "tools", "webhook-dispatches", "webhooks",
	} {
		resources[name] = askPlatform
	}
	return resources
}

// notOffered refuses: to look with 404, anything else with 405.
func notOffered(what, instead string) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		status := http.StatusNotFound
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			status = http.StatusMethodNotAllowed
			w.Header().Set("Allow", "")
		}
		return wire.NotOffered(status, what, instead)
	}
}

// serve picks the action for the request's method. No methods at all: the path
// does not exist.
func (m methods) serve(w http.ResponseWriter, r *http.Request) error {
	if len(m) == 0 {
		return errPageNotFound
	}
	act, ok := m[r.Method]
	if !ok && r.Method == http.MethodHead {
		act, ok = m[http.MethodGet]
	}
	if !ok {
		act, ok = m[anyMethod]
	}
	if ok {
		return act(w, r)
	}
	allow := m.allowed()
	w.Header().Set("Allow", allow)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return wire.NewError(http.StatusMethodNotAllowed, "method-not-allowed",
		"This API end-point can only be accessed using the following HTTP methods: "+allow)
}

func (m methods) allowed() string {
	allowed := slices.Collect(maps.Keys(m))
	if _, ok := m[http.MethodGet]; ok {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	return strings.Join(allowed, ", ")
}

var errPageNotFound = wire.NewError(http.StatusNotFound, "page-not-found", "We have bad news: there is no API end-point at this URL")

// canonical reports whether the mux takes the path as it is. It would answer
// others (with "..", "//") with a redirect, which is no answer of this API.
func canonical(urlPath string) bool { return path.Clean(urlPath) == urlPath }
