package local

import "testing"

func TestStats(t *testing.T) {
	s := newSite(t, t.TempDir())
	stats := func(path string) map[string]any {
		object := s.want(200, "GET", path, "").data(t)
		stats, ok := object["stats"].(map[string]any)
		if !ok {
			t.Fatalf("%s: %v", path, object)
		}
		return stats
	}
	id, _ := s.want(201, "POST", "/datasets?name=Books", "").data(t)["id"].(string)
	if got := stats("/datasets/" + id); got["readCount"] != 0.0 || got["writeCount"] != 0.0 || got["storageBytes"] != 0.0 {
		t.Errorf("%v", got)
	}
	// 250 items of 10 and of 11 bytes: an estimate that cannot be far off.
	s.want(201, "POST", "/datasets/~books/items", numbersFrom(10, 250))
	s.want(200, "GET", "/datasets/"+id+"/items", "")
	s.want(400, "POST", "/datasets/~books/items", "1")
	got := stats("/datasets/~BOOKS")
	bytes, _ := got["storageBytes"].(float64)
	if got["readCount"] != 250.0 || got["writeCount"] != 250.0 || got["inflatedBytes"] != bytes || bytes < 250*9 || bytes > 250*13 {
		t.Errorf("%v", got)
	}
	s.want(204, "DELETE", "/datasets/"+id, "")

	s.want(201, "POST", "/key-value-stores?name=s", "")
	s.want(201, "PUT", "/key-value-stores/~s/records/k", "v")
	s.want(200, "GET", "/key-value-stores/~s/keys", "")
	s.want(200, "GET", "/key-value-stores/~s/records/k", "")
	if got := stats("/key-value-stores/~s"); got["storageBytes"] != 1.0 {
		t.Errorf("%v", got)
	}
	s.want(204, "DELETE", "/key-value-stores/~s/records/k", "")
	if got := stats("/key-value-stores/~s"); got["readCount"] != 1.0 || got["writeCount"] != 1.0 || got["deleteCount"] != 1.0 || got["storageBytes"] != 0.0 || got["listCount"] != 1.0 {
		t.Errorf("%v", got)
	}
	s.want(201, "POST", "/request-queues?name=q", "")
	s.want(201, "POST", "/request-queues/~q/requests/batch", `[{"url":"http://a.test/1","uniqueKey":"1"},{"url":"http://a.test/2","uniqueKey":"2"},{"url":"http://a.test/3","uniqueKey":"3"}]`)
	s.want(200, "GET", "/request-queues/~q/head?limit=2", "")
	s.want(201, "POST", "/request-queues/~q/head/lock?lockSecs=1&limit=2", "")
	s.want(200, "GET", "/request-queues/~q/requests", "")
	got = stats("/request-queues/~q")
	if bytes, _ := got["storageBytes"].(float64); got["headItemReadCount"] != 4.0 || got["readCount"] != 3.0 || got["writeCount"] != 5.0 || bytes < 100 {
		t.Errorf("%v", got)
	}
}
