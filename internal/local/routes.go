package local

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

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

// newRoutes are the ways to everything. Those by way of runs, which are most of
// them, are made when somebody asks for a run: commands begin and end in
// milliseconds.
func (h *Handler) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	route := h.router(mux)
	route("/v2/users/me", methods{"GET": h.account.GetMe})
	route("/v2/users/me/limits", methods{"GET": h.account.GetLimits, "PUT": h.account.SetLimits})
	route("/v2/users/{user}", methods{"GET": h.account.GetUser})
	route("/v2/users/me/usage/monthly", methods{"GET": h.account.GetUsage})
	route("/v2/actor-runs", methods{"GET": h.account.ListRuns})
	route("/", methods{}) // everything else
	ofRuns := sync.OnceValue(h.newRunRoutes)
	for resource, notOurs := range otherResources() {
		if resource != "actor-runs" { // which can be listed
			route("/v2/"+resource, notOurs)
		}
		if hasRuns(resource) {
			mux.HandleFunc("/v2/"+resource+"/{rest...}", func(w http.ResponseWriter, r *http.Request) { ofRuns().ServeHTTP(w, r) })
		} else {
			route("/v2/"+resource+"/{rest...}", notOurs)
		}
	}
	for _, k := range h.kinds() {
		route("/v2/"+k.Path(), methods{
			"GET":  func(w http.ResponseWriter, r *http.Request) error { return h.dir.List(w, r, k.Kind) },
			"POST": func(w http.ResponseWriter, r *http.Request) error { return h.dir.Create(w, r, k.Kind) },
		})
		h.storageRoutes("/v2/"+k.Path()+"/{storage}", k, route, func(r *http.Request) (directory.Ref, error) {
			return directory.ParseRef(k.Kind, r.PathValue("storage")), nil
		})
	}
	return mux
}

func (h *Handler) router(mux *http.ServeMux) func(pattern string, m methods) {
	return func(pattern string, m methods) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := m.serve(w, r); err != nil {
				h.WriteError(w, err)
			}
		})
	}
}

// kindRoutes are what a kind of storage has below its own path.
type kindRoutes struct {
	directory.Kind
	routes directory.Routes
}

func (h *Handler) kinds() []kindRoutes {
	return []kindRoutes{
		{directory.Datasets, h.datasets.Routes()},
		{directory.KeyValueStores, h.records.Routes()},
		{directory.RequestQueues, h.queues.Routes()},
	}
}

// hasRuns tells whether runs are found below a resource.
func hasRuns(resource string) bool {
	return slices.ContainsFunc(runPrefixes(), func(prefix string) bool { return strings.HasPrefix(prefix, "/v2/"+resource+"/") })
}

// newRunRoutes are what there is of runs and Actors, and the storages of runs. What
// starts, ends or deletes a run needs a platform.
func (h *Handler) newRunRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	route := h.router(mux)
	for resource, notOurs := range otherResources() {
		if hasRuns(resource) {
			route("/v2/"+resource+"/{rest...}", notOurs)
		}
	}
	for _, prefix := range runPrefixes() {
		run := methods{"GET": h.account.GetRun}
		if all, ok := strings.CutSuffix(prefix, "/last"); ok {
			route(all, methods{"GET": h.account.ListRuns, "POST": notOffered("Starting a run", startElsewhere)})
		} else {
			run["PUT"] = h.account.UpdateRun
		}
		route(prefix, run)
		route(prefix+"/log", methods{anyMethod: notOffered("A run's log", readOutput)})
		for _, k := range h.kinds() {
			h.storageRoutes(prefix+"/"+k.RunPath(), k, route, h.account.OfRun(k.Kind))
		}
	}
	route("/v2/acts/{actor}", methods{"GET": h.account.GetActor})
	route("/v2/actors/{actor}", methods{"GET": h.account.GetActor})
	for _, one := range []string{"acts/{actor}", "actors/{actor}", "actor-tasks/{task}"} {
		for _, start := range []string{"run-sync", "run-sync-get-dataset-items"} {
			route("/v2/"+one+"/"+start, methods{anyMethod: notOffered("Starting a run", startElsewhere)})
		}
	}
	return mux
}

// What to do instead of asking a directory.
const (
	startElsewhere = "start the Actor's program with APIFY_API_BASE_URL set to this server, and read /v2/datasets/default/items"
	readOutput     = "the program that you started has it on its standard output"
	askPlatform    = "ask Apify's platform"
)

// storageRoutes are those of one storage, which locate finds.
func (h *Handler) storageRoutes(prefix string, k kindRoutes, route func(string, methods), locate func(*http.Request) (directory.Ref, error)) {
	one := maps.Clone(k.routes)
	one[""] = map[string]directory.Action{"GET": h.dir.Get, "PUT": h.dir.Update, "DELETE": h.dir.Remove}
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

// anyMethod stands for every method that a path has no action for.
const anyMethod = "*"

// otherResources are what the API has besides storages and users, which is refused
// with what to do instead.
func otherResources() map[string]methods {
	resources := map[string]methods{}
	for _, name := range []string{
		"actor-builds", "actor-runs", "actor-tasks", "actors", "acts", "browser-info", "logs", "schedules",
		"store", "tools", "webhook-dispatches", "webhooks",
	} {
		instead := askPlatform
		if name == "logs" {
			instead = readOutput
		}
		resources[name] = methods{anyMethod: notOffered("The resource "+name, instead)}
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
