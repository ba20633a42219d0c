package signature

import (
	"encoding/base64"
	"testing"
	"time"
)

const secret = "my-secret-key"

// The vectors are what Apify's own JavaScript package makes of these inputs.
func TestVectors(t *testing.T) {
	const id = "WkzbQMuFYuamGv3YF"
	if got, want := Record(secret, "some-key"), "17FAeiNXv7WaxLKtjs737"; got != want {
		t.Errorf("record: %s, want %s", got, want)
	}
	if got, want := Storage(secret, id, time.Time{}), "MC4wLjFhT0Jsd1d5OTB5VG5yT29OeDF0OQ"; got != want {
		t.Errorf("permanent: %s, want %s", got, want)
	}
	if got, want := Storage(secret, id, time.UnixMilli(1700000000000)), "MC4xNzAwMDAwMDAwMDAwLjFDWjRaaWdjV09sRlZKYVVXMFl6dw"; got != want {
		t.Errorf("expiring: %s, want %s", got, want)
	}
}

func TestValid(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	encode := base64.RawURLEncoding.EncodeToString
	soon, permanent := Storage(secret, "id", now.Add(time.Millisecond)), Storage(secret, "id", time.Time{})
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"not yet expired", soon, true},
		{"permanent", permanent, true},
		{"padded", base64.URLEncoding.EncodeToString(mustDecode(t, soon)), true},
		{"expired this moment", Storage(secret, "id", now), false},
		{"expired", Storage(secret, "id", now.Add(-time.Hour)), false},
		{"of another storage", Storage(secret, "other", time.Time{}), false},
		{"of another secret", Storage("other", "id", time.Time{}), false},
		{"empty", "", false},
		{"no base64", "!!!", false},
		{"no parts", encode([]byte("0")), false},
		{"another version", encode([]byte("1.0." + Record(secret, "1.0.id"))), false},
		{"negative time", encode([]byte("0.-1." + Record(secret, "0.-1.id"))), false},
		{"no number", encode([]byte("0.x." + Record(secret, "0.x.id"))), false},
		{"no hash", encode([]byte("0.0.")), false},
	} {
		if got := ValidStorage(secret, "id", test.text, now); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if !ValidRecord(secret, "k", Record(secret, "k")) || ValidRecord(secret, "k", Record(secret, "l")) || ValidRecord(secret, "k", "") {
		t.Error("the signature of a record")
	}
}

func FuzzValidStorage(f *testing.F) {
	f.Add("MC4wLjFhT0Jsd1d5OTB5VG5yT29OeDF0OQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		// Nobody guesses one.
		if ValidStorage(secret, "a storage that no seed is of", text, time.Time{}) {
			t.Errorf("%q is valid", text)
		}
	})
}

func mustDecode(t *testing.T, text string) []byte {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}
