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
	if got["readCount"] != 2.0 || got["writeCount"] != 1.0 || bytes < 250*9 || bytes > 250*13 {
		t.Errorf("%v", got)
	}
	s.want(204, "DELETE", "/datasets/"+id, "")

	s.want(201, "POST", "/key-value-stores?name=s", "")
	s.want(201, "PUT", "/key-value-stores/~s/records/k", "v")
	s.want(200, "GET", "/key-value-stores/~s/keys", "")
	s.want(200, "GET", "/key-value-stores/s/records/k", "")
	s.want(204, "DELETE", "/key-value-stores/~s/records/k", "")
	if got := stats("/key-value-stores/~s"); got["readCount"] != 1.0 || got["writeCount"] != 1.0 || got["deleteCount"] != 1.0 || got["listCount"] != 1.0 {
		t.Errorf("%v", got)
	}
	s.want(201, "POST", "/request-queues?name=q", "")
	s.want(200, "GET", "/request-queues/~q/head", "")
	s.want(201, "POST", "/request-queues/~q/head/lock?lockSecs=1", "")
	if got := stats("/request-queues/~q"); got["headItemReadCount"] != 2.0 || got["readCount"] != 0.0 {
		t.Errorf("%v", got)
	}
}
