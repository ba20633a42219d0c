package local

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// operation is an endpoint of the OpenAPI document with the statuses that it
// promises on success.
type operation struct {
	method, path string
	statuses     []int
}

// operations reads the document; the test skips where there is none.
func operations(t *testing.T) []operation {
	t.Helper()
	text, err := os.ReadFile(samplesDir + "/openapi-storage.yaml")
	if err != nil {
		t.Skipf("SKIPPED: the OpenAPI document is not here: %v", err)
	}
	var document struct {
		Paths map[string]map[string]yaml.Node
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			node := document.Paths[path][method]
			var described struct {
				Responses map[string]yaml.Node
			}
			if !slices.Contains([]string{"get", "head", "put", "post", "delete"}, method) {
				continue
			}
			if err := node.Decode(&described); err != nil {
				t.Fatal(err)
			}
			o := operation{method: strings.ToUpper(method), path: path}
			for status := range described.Responses {
				if n, err := strconv.Atoi(status); err == nil && n < 300 {
					o.statuses = append(o.statuses, n)
				}
			}
			all = append(all, o)
		}
	}
	return all
}

// documented is a directory in which every operation of the document has
// something to work on.
func documented(t *testing.T) (s *site, names *strings.Replacer) {
	t.Helper()
	s = newSite(t, t.TempDir())
	writeFile(t, s.dir+"/runs.json", `[{"id":"any","actorTaskId":"task"}]`)
	ids := map[directory.Kind]string{}
	for _, k := range directory.Kinds() {
		ids[k], _ = s.want(201, "POST", "/"+k.Path()+"?name=default", "").data(t)["id"].(string)
	}
	s.want(201, "POST", "/datasets/~default/items", `[{"n":1},{"n":2}]`)
	s.want(201, "PUT", "/key-value-stores/~default/records/KEY", "value", "Content-Type", "text/plain")
	s.want(201, "POST", "/request-queues/~default/requests", `{"url":"https://example.com","uniqueKey":"x"}`)
	s.want(201, "POST", "/request-queues/~default/head/lock?lockSecs=60&clientKey=c", "")
	return s, strings.NewReplacer(
		"{datasetId}", ids[directory.Datasets], "{storeId}", ids[directory.KeyValueStores], "{queueId}", ids[directory.RequestQueues], "{recordKey}", "KEY",
		"{requestId}", requestID("x"), "{runId}", "any", "{actorTaskId}", "task", "{userId}", "local", "/v2", "",
	)
}

// sample is what an operation takes: parameters and a body.
func sample(o operation) (query, body string) {
	path := o.path
	if strings.HasSuffix(path, "/lock") || strings.HasSuffix(path, "/unlock") {
		query = "?lockSecs=60&clientKey=c"
	}
	if o.method != http.MethodPost && o.method != http.MethodPut && !strings.HasSuffix(path, "/batch") {
		return query, ""
	}
	switch {
	case strings.HasSuffix(path, "/items"):
		return query, `[{"n":3}]`
	case strings.HasSuffix(path, "/records/{recordKey}"):
		return query, `{"other":"value"}`
	case strings.HasSuffix(path, "/requests/{requestId}"):
		return query, `{"id":"` + requestID("x") + `","url":"https://example.com","uniqueKey":"x","method":"PUT"}`
	case strings.HasSuffix(path, "/requests"):
		return query, `{"url":"https://example.com/2","uniqueKey":"y"}`
	case strings.HasSuffix(path, "/requests/batch"):
		return query, `[{"url":"https://example.com","uniqueKey":"x"}]`
	case strings.HasSuffix(path, "/limits"):
		return query, `{"dataRetentionDays":7}`
	case o.method == http.MethodPut && !strings.HasSuffix(path, "/lock"):
		return query, `{"generalAccess":"RESTRICTED"}`
	}
	return query, ""
}

// Every operation of the document does what the document says; what is about
// something else than storages says that it is not offered.
func TestEveryDocumentedOperation(t *testing.T) {
	notOurs := []string{"POST /v2/actor-tasks/{actorTaskId}/runs", "DELETE /v2/actor-runs/{runId}"}
	all := operations(t)
	if len(all) < 100 {
		t.Fatalf("only %d operations found", len(all))
	}
	reading, readingNames := documented(t)
	for _, o := range all {
		name := o.method + " " + o.path
		t.Run(strings.ReplaceAll(name, "/", " "), func(t *testing.T) {
			s, names := reading, readingNames
			if o.method != http.MethodGet && o.method != http.MethodHead {
				s, names = documented(t)
			}
			query, body := sample(o)
			got := s.do(o.method, names.Replace(o.path)+query, body, "Content-Type", "application/json")
			if slices.Contains(notOurs, name) {
				if got.status != http.StatusMethodNotAllowed {
					t.Errorf("%d %s", got.status, got.body)
				}
				return
			}
			if !slices.Contains(o.statuses, got.status) {
				t.Errorf("%d %s, want one of %v", got.status, got.body, o.statuses)
			}
		})
	}
}

// What the document does not have for a path is refused with the methods that
// there are.
func TestUndocumentedMethods(t *testing.T) {
	has := map[string][]string{}
	for _, o := range operations(t) {
		has[o.path] = append(has[o.path], o.method)
	}
	s, names := documented(t)
	for path, methods := range has {
		for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodPatch} {
			if slices.Contains(methods, method) {
				continue
			}
			got := s.do(method, names.Replace(path), "")
			if about := strings.Contains(path, "/actor-") && !strings.Contains(path, "/dataset") &&
				!strings.Contains(path, "/key-value-store") && !strings.Contains(path, "/request-queue"); about {
				if got.status != http.StatusMethodNotAllowed {
					t.Errorf("%s %s: %d", method, path, got.status)
				}
				continue
			}
			if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" || got.errorType(t) != "method-not-allowed" {
				t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
			}
		}
	}
}
