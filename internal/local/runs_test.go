package local

import (
	"strings"
	"testing"
)

const someRuns = `[
	{"id": "later", "actId": "actorOfTheTests01", "actor": "ann~shop", "startedAt": "2025-02-01T00:00:00Z", "defaultDatasetId": "second"},
	{"id": "first", "actId": "actorOfTheTests01", "actor": "ann~shop", "startedAt": "2025-01-01T00:00:00Z", "finishedAt": "2025-01-01T01:00:00Z",
	 "defaultDatasetId": "one", "defaultKeyValueStoreId": "store", "statusMessage": "done"},
	{"id": "tasked", "actorTaskId": "task", "actor": "news", "status": "FAILED", "startedAt": "2024-01-01T00:00:00Z", "defaultDatasetId": "AAAAAAAAAAAAAAAA1"}
]`

func TestRuns(t *testing.T) {
	s := newSite(t, t.TempDir())
	writeFile(t, s.dir+"/"+"runs.json", someRuns)
	for run, n := range map[string]string{"first": "1", "later": "2"} {
		s.want(201, "POST", "/actor-runs/"+run+"/dataset/items", `{"n":`+n+`}`)
	}
	s.want(201, "PUT", "/actor-runs/first/key-value-store/records/OUTPUT", `{}`, "Content-Type", "application/json")
	s.want(201, "POST", "/actor-runs/later/request-queue/requests", `{"url":"https://example.com","uniqueKey":"x"}`)
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/datasets/~one/items", 200, `[{"n":1}]`},
		{"/datasets/~second/items", 200, `[{"n":2}]`},
		{"/request-queues/~default", 200, `"totalRequestCount":1`}, // left out
		{"/actor-runs/first/dataset/items", 200, `[{"n":1}]`},
		{"/acts/ann~shop/runs/last/dataset/items", 200, `[{"n":2}]`},
		{"/acts/ANN~Shop/runs/last/dataset/items", 200, `[{"n":2}]`},
		{"/actors/~shop/runs/last/dataset/items", 200, `[{"n":2}]`},
		{"/acts/shop/runs/last/dataset/items", 200, `[{"n":2}]`},
		{"/acts/actorOfTheTests01/runs/last/dataset/items", 200, `[{"n":2}]`},
		{"/acts/ann~shop/runs/last/dataset/items?status=SUCCEEDED", 200, `[{"n":1}]`},
		{"/acts/eve~shop/runs/last/dataset/items", 404, "record-not-found"},
		{"/acts/ann~shop/runs/last/dataset/items?status=FAILED", 404, "record-not-found"},
		{"/actor-tasks/task/runs/last", 200, `"id":"tasked"`},
		{"/actor-tasks/task/runs/last/dataset", 404, "record-not-found"}, // an ID is not made up
		{"/actor-tasks/other/runs/last", 404, "record-not-found"},
		{"/actor-runs/nobody", 404, "record-not-found"},
		{"/actor-runs/nobody/dataset/items", 404, "record-not-found"},
		{"/actor-runs/first", 200, `"status":"SUCCEEDED"`},
		{"/actor-runs/first", 200, `"statusMessage":"done"`},
		{"/actor-runs/later?waitForFinish=1", 200, `"status":"RUNNING"`},
		{"/actor-runs?limit=1&desc=1", 200, `"id":"later"`},
		{"/actor-runs?status=FAILED,RUNNING", 200, `"total":2`},
		{"/actor-runs?startedAfter=2025-01-15T00:00:00Z", 200, `"total":1`},
		{"/actor-runs?startedBefore=2025-01-15T00:00:00Z", 200, `"total":2`},
		{"/actor-runs?startedBefore=soon", 400, "invalid-value"},
		{"/acts/shop/runs", 200, `"total":2`},
		{"/acts/ann~shop", 200, `"id":"actorOfTheTests01"`},
		{"/acts/nobody", 404, "record-or-token-not-found"},
		{"/datasets", 200, `"actRunId":"later"`},
		{"/key-value-stores/~store", 200, `"actId":"actorOfTheTests01"`},
	} {
		if got := s.want(c.status, "GET", c.path, ""); !strings.Contains(got.body, c.body) {
			t.Errorf("%s: %s", c.path, got.body)
		}
	}
	run := s.want(200, "GET", "/actor-runs/first", "").data(t)
	if dataset := s.want(200, "GET", "/datasets/~one", "").data(t); run["defaultDatasetId"] != dataset["id"] || dataset["actRunId"] != "first" {
		t.Errorf("%v %v", run, dataset)
	}
	if stats, ok := run["stats"].(map[string]any); !ok || stats["restartCount"] != 0.0 || run["containerUrl"] == "" {
		t.Errorf("%v", run)
	}
	// The run of the guide is there beside those of the list.
	if run := s.want(200, "GET", "/actor-runs/anything", "").data(t); run["id"] != "anything" || run["status"] != "RUNNING" {
		t.Errorf("%v", run)
	}
	s.want(404, "GET", "/actor-runs/nothing", "")
	s.want(200, "HEAD", "/actor-runs/first", "")
	s.want(405, "DELETE", "/actor-runs/first", "")
	s.want(405, "POST", "/acts/shop/runs", "")
}

// Without a list every run is the one that there is.
func TestUnlistedRuns(t *testing.T) {
	s := newSite(t, t.TempDir())
	before := snapshot(t, s.dir)
	if run := s.want(200, "GET", "/actor-runs/any", "").data(t); run["id"] != "any" || run["defaultDatasetId"] != "default" {
		t.Errorf("%v", run)
	}
	if after := snapshot(t, s.dir); len(after) != len(before) {
		t.Errorf("reading wrote %v", after)
	}
	s.want(201, "POST", "/actor-runs/any/dataset/items", `{}`)
	dataset := s.want(200, "GET", "/datasets/~default", "").data(t)
	if run := s.want(200, "GET", "/actor-runs/any", "").data(t); run["defaultDatasetId"] != dataset["id"] || dataset["actRunId"] != nil {
		t.Errorf("%v %v", run, dataset)
	}
	// Of an Actor there is no run, nor a last one.
	if runs := s.want(200, "GET", "/acts/somebody~actor/runs", "").data(t); runs["total"] != 0.0 {
		t.Errorf("%v", runs)
	}
	s.want(404, "GET", "/acts/somebody~actor/runs/last", "")
	s.want(404, "GET", "/actor-tasks/t/runs/last/dataset/items", "")
	s.want(404, "GET", "/acts/somebody~actor", "")
}

func TestStatusMessages(t *testing.T) {
	s := newSite(t, t.TempDir())
	writeFile(t, s.dir+"/"+"runs.json", someRuns)
	s.want(200, "PUT", "/actor-runs/first", `{"runId":"first","statusMessage":"half","isStatusMessageTerminal":false}`)
	s.want(200, "PUT", "/actor-runs/first", `{"generalAccess":"RESTRICTED"}`)
	run := s.want(200, "GET", "/actor-runs/first", "").data(t)
	if run["statusMessage"] != "half" || run["isStatusMessageTerminal"] != false || run["generalAccess"] != "RESTRICTED" {
		t.Errorf("%v", run)
	}
	s.want(400, "PUT", "/actor-runs/first", `{"runId":"later"}`)
	s.want(400, "PUT", "/actor-runs/first", `{"generalAccess":"ANYONE_WITH_NAME_CAN_READ"}`)
	s.want(404, "PUT", "/actor-runs/nobody", `{"statusMessage":"x"}`)
	if text := snapshot(t, s.dir)[s.dir+"/"+"runs.json"]; text != someRuns {
		t.Errorf("runs.json was written to: %s", text)
	}
}

// A list that makes no sense is said to be wrong, never guessed at.
func TestBrokenRuns(t *testing.T) {
	for _, text := range []string{`{`, `{}`, `[{}]`, `[null]`, `[{"id":"a","status":"DONE"}]`, `[{"id":"a","actor":"ann/shop"}]`, `[{"id":"a","startedAt":"today"}]`} {
		s := newSite(t, t.TempDir())
		s.want(201, "POST", "/datasets?name=d", "")
		writeFile(t, s.dir+"/"+"runs.json", text)
		for _, path := range []string{"/actor-runs/a", "/actor-runs/a/dataset/items", "/datasets/~d"} {
			if got := s.want(500, "GET", path, ""); !strings.Contains(got.body, "runs.json") {
				t.Errorf("%s %s: %s", text, path, got.body)
			}
		}
		s.want(200, "GET", "/datasets/~d/items", "")
	}
}
