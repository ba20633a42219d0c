package local

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What Crawlee wrote of a request stays as it is when its lock changes.
func TestLocksLeaveCrawleesFilesAlone(t *testing.T) {
	s := queueSite(t)
	const inner = `{\"url\":\"https://a.example/\\u010d\",\"uniqueKey\":\"k\",\"noRetry\":null,\"big\":1.0}`
	name := filepath.Join(s.dir, "request_queues", "q", requestID("k")+".json")
	writeFile(t, name, `{ "method":"GET", "json":"`+inner+`","orderNo":1700000000000,
		"later": {"a": [1, 2]}, "uniqueKey":"k","url":"https://a.example/","retryCount":0,"id":"`+requestID("k")+`"}`)
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=600&limit=5&clientKey=a", "")
	s.want(200, "PUT", queuePath+"/requests/"+requestID("k")+"/lock?lockSecs=900&clientKey=a", "")
	s.want(403, "DELETE", queuePath+"/requests/"+requestID("k")+"/lock?clientKey=b", "")
	s.want(204, "DELETE", queuePath+"/requests/"+requestID("k")+"/lock?clientKey=a", "")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		JSON    json.RawMessage
		Later   json.RawMessage
		OrderNo float64
		Lock    any `json:"apifyctlLock"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if string(file.JSON) != `"`+inner+`"` || string(file.Later) != `{"a": [1, 2]}` || file.Lock != nil || time.UnixMilli(int64(file.OrderNo)).Before(time.Now().Add(-time.Hour)) {
		t.Errorf("%s", text)
	}
	if left := filesIn(t, filepath.Dir(name)); len(left) != 1 {
		t.Errorf("%q", left)
	}
}
