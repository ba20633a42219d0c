package local

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A file with another order is what it would be if it were written anew.
func TestReorderedRequestFiles(t *testing.T) {
	now := time.Now()
	request := []byte(`{"id":"","url":"https://a.example/?q=\"<&>\"","uniqueKey":"k","method":"POST","retryCount":3,"userData":{"a":[1.0,12345678901234567890]}}`)
	id := requestIDOf("k")
	for _, from := range []struct {
		order  int64
		holder string
	}{{now.UnixMicro() - 1, ""}, {-now.UnixMicro(), ""}, {lockOrder(now.Add(time.Hour), true), "client \"a\""}} {
		text, err := requestFileText(id, request, from.order, from.holder)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseRequestFile(text, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []struct {
			order  int64
			holder string
		}{{now.UnixMicro() + 7, ""}, {lockOrder(now.Add(time.Minute), false), "b"}, {-1, ""}} {
			got, ok := f.reordered(to.order, to.holder)
			want, err := requestFileText(id, request, to.order, to.holder)
			if err != nil || !ok || string(got) != string(want) {
				t.Errorf("%t, %v, %s\nwant %s", ok, err, got, want)
			}
		}
	}
	if _, ok := (&requestFile{wrapped: true, text: []byte(`{"json":"{}"}`)}).reordered(5, ""); ok {
		t.Error("a file without an order has got none")
	}
}

// What Crawlee wrote of a request stays as it is when its lock changes.
func TestLocksLeaveCrawleesFilesAlone(t *testing.T) {
	s := queueSite(t)
	const inner = `{\"url\":\"https://a.example/\\u010d\",\"uniqueKey\":\"k\",\"noRetry\":null,\"big\":1.0}`
	name := filepath.Join(s.dir, "request_queues", "q", requestIDOf("k").file())
	writeFile(t, name, `{ "method":"GET", "json":"`+inner+`","orderNo":1700000000000,
		"later": {"a": [1, 2]}, "uniqueKey":"k","url":"https://a.example/","retryCount":0,"id":"`+requestIDOf("k").String()+`"}`)
	s.want(201, "POST", queuePath+"/head/lock?lockSecs=600&limit=5&clientKey=a", "")
	s.want(200, "PUT", queuePath+"/requests/"+requestIDOf("k").String()+"/lock?lockSecs=900&clientKey=a", "")
	s.want(403, "DELETE", queuePath+"/requests/"+requestIDOf("k").String()+"/lock?clientKey=b", "")
	s.want(204, "DELETE", queuePath+"/requests/"+requestIDOf("k").String()+"/lock?clientKey=a", "")
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
