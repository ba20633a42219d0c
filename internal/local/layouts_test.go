package local

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layoutsDir holds storage directories as SDKs left them. In each there is the
// same default queue.
const layoutsDir = "testdata/layouts"

// headOfLayouts is the order of that queue.
const headOfLayouts = "https://example.com/front-1 post-1 https://example.com/front-2 https://example.com/second?a=1&b=2 https://example.com/retried https://example.com/first"

func eachLayout(t *testing.T, do func(t *testing.T, s *site)) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(layoutsDir, "*-*"))
	if err != nil || len(dirs) < 7 {
		t.Fatalf("found %v, %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			own := t.TempDir()
			if err := os.CopyFS(own, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			do(t, newSite(t, own))
		})
	}
}

func TestQueuesOfEverySDKAreRead(t *testing.T) {
	eachLayout(t, func(t *testing.T, s *site) {
		before := snapshot(t, s.dir)
		queue := s.want(200, "GET", "/request-queues/~default", "").data(t)
		if got := []any{queue["totalRequestCount"], queue["handledRequestCount"], queue["pendingRequestCount"]}; !slices.Equal(got, []any{7.0, 1.0, 6.0}) {
			t.Errorf("counts %v", got)
		}
		if got := s.want(200, "GET", "/request-queues/~default/head", "").keys(t); got != headOfLayouts {
			t.Errorf("head %s", got)
		}
		for key, want := range map[string]map[string]any{
			"https://example.com/second?a=1&b=2": {"url": "https://example.com/second?b=2&a=1", "userData": map[string]any{"label": "L1", "depth": 2.0}},
			"https://example.com/retried":        {"retryCount": 2.0, "url": "https://example.com/retried"},
			"post-1":                             {"method": "POST", "url": "https://example.com/post"},
			"https://example.com/done":           {"loadedUrl": "https://example.com/done#loaded"},
		} {
			request := s.want(200, "GET", "/request-queues/~default/requests/"+requestID(key), "").data(t)
			for name, value := range want {
				if got, _ := json.Marshal(request[name]); string(got) != string(must(json.Marshal(value))) {
					t.Errorf("%s: %s is %s", key, name, got)
				}
			}
			handledAt, handled := request["handledAt"].(string)
			if handled != strings.HasSuffix(key, "/done") || handled && !strings.HasSuffix(handledAt, "Z") {
				t.Errorf("%s was handled at %q", key, handledAt)
			}
		}
		if after := snapshot(t, s.dir); !maps.Equal(before, after) {
			t.Error("reading has changed the directory")
		}
	})
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

// What is changed in a queue stays in the files that its SDK reads, one for each
// request, and is there for the next process.
func TestQueuesOfEverySDKAreChanged(t *testing.T) {
	const queue = "/request-queues/~default"
	eachLayout(t, func(t *testing.T, s *site) {
		if strings.Contains(t.Name(), "apify-js-0.20") {
			s.want(501, "POST", queue+"/requests", `{"url":"https://example.com/new","uniqueKey":"new"}`)
			s.want(501, "POST", queue+"/head/lock?lockSecs=60", "")
			return
		}
		folder := filepath.Join(s.dir, "request_queues", "default")
		names := len(filesIn(t, folder))
		s.want(201, "POST", queue+"/requests", `{"url":"https://example.com/new","uniqueKey":"new"}`)
		s.want(201, "POST", queue+"/requests?forefront=1", `{"url":"https://example.com/front","uniqueKey":"front"}`)
		s.want(200, "PUT", queue+"/requests/"+requestID("post-1"), `{"url":"https://example.com/post","uniqueKey":"post-1","handledAt":"2026-01-01T00:00:00.000Z"}`)
		s.want(204, "DELETE", queue+"/requests/"+requestID("https://example.com/retried"), "")
		const left = "front https://example.com/front-1 https://example.com/front-2 https://example.com/second?a=1&b=2 https://example.com/first new"
		for _, each := range []*site{s, newSite(t, s.dir)} {
			if got := each.want(200, "GET", queue+"/head", "").keys(t); got != left {
				t.Errorf("head %s", got)
			}
		}
		if got := s.want(201, "POST", queue+"/head/lock?lockSecs=60&limit=2&clientKey=a", "").keys(t); got != "front https://example.com/front-1" {
			t.Errorf("locked %s", got)
		}
		other := newSite(t, s.dir)
		if got := other.want(200, "GET", queue+"/head", "").keys(t); got != strings.TrimPrefix(left, "front https://example.com/front-1 ") {
			t.Errorf("head beside the locks %s", got)
		}
		other.want(200, "POST", queue+"/requests/unlock?clientKey=a", "")
		if got := len(filesIn(t, folder)); got != names+1 {
			t.Errorf("%d files have become %d", names, got)
		}
	})
}
