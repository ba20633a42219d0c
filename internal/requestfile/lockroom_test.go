package requestfile

import (
	"testing"
	"time"
)

// A lock is written over a file's bytes in every layout, taken off again, and the
// request stays what it is.
func TestLocksInTheRoomForThem(t *testing.T) {
	const now = 1_795_846_070_023_243_904
	until := int64(1_795_846_670_023_000_000)
	request := []byte(`{"id":"` + IDOf("k").String() + `","url":"https://a.example/?q=\"<&>\"","uniqueKey":"k","userData":{"a":[1.0]}}`)
	for layout := Crawlee3; layout <= Flat; layout++ {
		for name, order := range map[string]int64{"back": now, "front": -now} {
			text, err := Encode(layout, request, order, "")
			if err != nil {
				t.Fatal(err)
			}
			f := parsed(t, WithRoom(text))
			want, err := f.Request()
			if err != nil {
				t.Fatal(err)
			}
			sign := order / now
			for step, to := range []struct {
				order  int64
				holder string
			}{
				{sign * until, "client \"a\""},
				{sign * (until + 5_000_000), "0123456789abcdef0123456789abcdef"},
				{sign * (now + 1_000_000), ""},
				{sign * until, "b"},
				{sign * until, ""},
			} {
				relocked, ok := f.Relocked(to.order, to.holder)
				if !ok && layout == Python1 {
					break // it has no order in its file until it was locked
				}
				if !ok || len(relocked) != len(f.Text) {
					t.Fatalf("layout %d, %s, step %d: %t, %d bytes instead of %d\n%s", layout, name, step, ok, len(relocked), len(f.Text), relocked)
				}
				f = parsed(t, relocked)
				if off := Abs(f.Order - to.order); off >= perMillisecond || to.holder != "" && off > 0 || f.Holder != to.holder {
					t.Errorf("layout %d, %s, step %d: order %d of %q, want %d of %q\n%s", layout, name, step, f.Order, f.Holder, to.order, to.holder, relocked)
				}
				if got, err := f.Request(); err != nil || string(got) != string(want) {
					t.Errorf("layout %d, %s, step %d: %v, %s\nwant %s", layout, name, step, err, got, want)
				}
			}
		}
	}
}

func TestNoRoomForALock(t *testing.T) {
	for name, text := range map[string]string{
		"handled":         "{\n\t\"json\": \"{}\",\n\t\"orderNo\": null,\n\t\"uniqueKey\": \"k\"\n}",
		"as an SDK wrote": "{\n\t\"json\": \"{}\",\n\t\"orderNo\": 1795846070023,\n\t\"uniqueKey\": \"k\"\n}",
		"in one line":     `{"json":"{}","orderNo":1795846070023,"uniqueKey":"k"}`,
	} {
		f := parsed(t, []byte(text))
		if relocked, ok := f.Relocked(1_795_846_670_023_000_000, "client"); ok {
			t.Errorf("%s: %s", name, relocked)
		}
	}
	f := parsed(t, []byte("{\n\t\"json\": \"{}\",\n\t\"orderNo\": 1795846070023,\n\t\"uniqueKey\": \"k\"\n}"))
	if relocked, ok := f.Relocked(-1_795_846_670_023_000_000, ""); ok {
		t.Errorf("the sign has no room: %s", relocked)
	}
}

func parsed(t *testing.T, text []byte) File {
	t.Helper()
	f, err := Parse(text, time.Unix(1, 0), nowhere)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return f
}
