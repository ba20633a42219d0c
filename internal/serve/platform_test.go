package serve

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// data decodes what is in an answer's envelope.
func (r reply) data(t *testing.T) map[string]any {
	t.Helper()
	var envelope struct{ Data map[string]any }
	if err := json.Unmarshal([]byte(r.body), &envelope); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return envelope.Data
}

// What the SDKs call "default" is there for whoever asks first, whatever it asks.
func TestDefaultStorages(t *testing.T) {
	request := `{"url":"https://example.com","uniqueKey":"x"}`
	for name, c := range map[string]struct {
		status             int
		method, path, body string
	}{
		"a push":             {201, "POST", "/datasets/default/items", `{"n":1}`},
		"a look at items":    {200, "GET", "/datasets/default/items", ""},
		"a look":             {200, "GET", "/datasets/default", ""},
		"a run's dataset":    {200, "GET", "/actor-runs/any/dataset", ""},
		"a record":           {201, "PUT", "/key-value-stores/default/records/OUTPUT", "{}"},
		"a missing record":   {404, "GET", "/key-value-stores/default/records/INPUT", ""},
		"a list of keys":     {200, "GET", "/key-value-stores/default/keys", ""},
		"a request":          {201, "POST", "/request-queues/default/requests", request},
		"a batch":            {201, "POST", "/request-queues/default/requests/batch", "[" + request + "]"},
		"a head":             {200, "GET", "/request-queues/default/head", ""},
		"a lock":             {201, "POST", "/request-queues/default/head/lock?lockSecs=1", ""},
		"a name of a folder": {404, "GET", "/datasets/other", ""},
		"a name":             {404, "GET", "/datasets/~default", ""},
		"to delete":          {404, "DELETE", "/datasets/default", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, Options{}, "token")
			if got := s.want(c.status, "", c.method, c.path, "token", c.body); c.status == 404 && strings.Contains(got.body, "Store was not found") {
				t.Error(got.body)
			}
		})
	}
}

// A PUT of a request gives its lock back, as SDKs count on for their retries.
func TestReclaimedRequests(t *testing.T) {
	s := newSite(t, Options{}, "token")
	queue := s.want(201, "", "POST", "/request-queues", "token", "").object(t)
	path := "/request-queues/" + queue.ID
	request := `{"url":"https://example.com","uniqueKey":"x"}`
	added := s.want(201, "", "POST", path+"/requests?clientKey=a", "token", request)
	id, _ := added.data(t)["requestId"].(string)
	if location := added.header.Get("Location"); location != s.url+path+"/requests/"+id {
		t.Errorf("Location %q", location)
	}
	for _, forefront := range []string{"", "&forefront=true"} {
		s.want(201, id, "POST", path+"/head/lock?lockSecs=600&clientKey=a", "token", "")
		s.want(200, "", "PUT", path+"/requests/"+id+"?clientKey=a"+forefront, "token", request)
		s.want(200, id, "GET", path+"/head?clientKey=a", "token", "")
	}
	s.want(201, id, "POST", path+"/head/lock?lockSecs=600&clientKey=a", "token", "")
	if unlocked := s.want(200, "", "POST", path+"/requests/unlock", "token", "").data(t)["unlockedCount"]; unlocked != 0.0 {
		t.Errorf("a client without a key unlocked %v requests of another's", unlocked)
	}
	if unlocked := s.want(200, "", "POST", path+"/requests/unlock?clientKey=a", "token", "").data(t)["unlockedCount"]; unlocked != 1.0 {
		t.Errorf("unlocked %v", unlocked)
	}
}

// A client is what gives a key; each request without one is a client more.
func TestClientsOfQueues(t *testing.T) {
	for name, c := range map[string]struct {
		keys     []string // of looks at the head
		multiple bool
	}{
		"one client":        {[]string{"a", "a", "a"}, false},
		"two clients":       {[]string{"a", "b"}, true},
		"one without a key": {[]string{""}, false},
		"twice without":     {[]string{"", ""}, true},
		"with and without":  {[]string{"a", ""}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, Options{}, "token")
			queue := s.want(201, "", "POST", "/request-queues", "token", "").object(t)
			var had any
			for _, key := range c.keys {
				path := "/request-queues/" + queue.ID + "/head"
				if key != "" {
					path += "?clientKey=" + key
				}
				had = s.want(200, "", "GET", path, "token", "").data(t)["hadMultipleClients"]
			}
			if had != c.multiple {
				t.Errorf("the last look says %v", had)
			}
			if told := s.want(200, "", "GET", "/request-queues/"+queue.ID, "token", "").data(t)["hadMultipleClients"]; told != c.multiple {
				t.Errorf("the queue says %v", told)
			}
		})
	}
}

func TestBodiesOfItems(t *testing.T) {
	s := newSite(t, Options{}, "token")
	s.want(201, "", "POST", "/datasets?name=d", "token", "")
	s.want(201, "", "POST", "/datasets/~d/items", "token", `[{"n":1},{},{"#hidden":1,"n":2}]`)
	for query, want := range map[string]string{
		"?bom=1":                       "\xef\xbb\xbf" + `[{"n":1},{},{"#hidden":1,"n":2}]`,
		"?bom=1&format=jsonl&offset=2": "\xef\xbb\xbf" + `{"#hidden":1,"n":2}` + "\n",
		"?bom=0&limit=1":               `[{"n":1}]`,
		"?limit=0&clean=1":             `[{"n":1},{"n":2}]`,
		"?bom=1&offset=9":              "\xef\xbb\xbf[]",
	} {
		if got := s.want(200, "", "GET", "/datasets/~d/items"+query, "token", ""); got.body != want {
			t.Errorf("%s: %q, want %q", query, got.body, want)
		}
	}
	for query, count := range map[string]string{"": "3", "?clean=1": "2", "?skipEmpty=1": "2", "?limit=1": "1", "?clean=1&format=csv": "2"} {
		if got := s.want(200, "", http.MethodHead, "/datasets/~d/items"+query, "token", ""); got.header.Get("X-Apify-Pagination-Count") != count || got.body != "" {
			t.Errorf("HEAD %s: %v", query, got.header)
		}
	}
	object := s.want(200, `"schema":null`, "GET", "/datasets/~d", "token", "").data(t)
	if fields, ok := object["fields"].([]any); !ok || len(fields) != 0 {
		t.Errorf("%v", object)
	}
}
