package queue

import (
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
