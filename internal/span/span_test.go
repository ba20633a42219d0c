package span

import (
	"testing"
	"time"
)

func TestFlag(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"48h": 48 * time.Hour, "30d": 30 * day, "2w": 14 * day, "1h30m": 90 * time.Minute, "1s": time.Second, "36500d": 36_500 * day,
		"": 0, "0d": 0, "-1d": 0, "-3h": 0, "0s": 0, "3": 0, "d": 0, "1.5d": 0, "36501d": 0, "99999999999d": 0, "9999999h": 0, "1 d": 0,
	} {
		var got Flag
		if err := got.Set(text); (err == nil) != (want > 0) || got.Duration() != want {
			t.Errorf("%q: %v, %v; want %v", text, got.Duration(), err, want)
		}
	}
	var none Flag
	fortnight := Flag(14 * day)
	if none.String() != "" || fortnight.String() != "14d" {
		t.Errorf("shown as %q and %q", none.String(), fortnight.String())
	}
}
