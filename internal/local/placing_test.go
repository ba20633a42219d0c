package local

import (
	"os"
	"path/filepath"
	"testing"
)

// A push that is killed while its items get their numbers leaves nothing; what
// somebody else put there meanwhile stays.
func TestKilledPushIsUndone(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	s.want(201, "POST", "/datasets/~d/items", `{"n":0}`)
	staged := filepath.Join(s.dir, temporaryFolder, "STAGED")
	for _, name := range []string{"0", "1", "2"} {
		writeFile(t, filepath.Join(staged, name), `{"n":"half"}`)
	}
	folder := filepath.Join(s.dir, "datasets", "d")
	link := func(from string, number int64) {
		if err := os.Link(filepath.Join(staged, from), filepath.Join(folder, itemName(number))); err != nil {
			t.Skipf("no hard links here: %v", err)
		}
	}
	link("0", 2)
	writeFile(t, filepath.Join(folder, itemName(3)), `{"n":"sdk"}`)
	link("1", 4)
	writeFile(t, filepath.Join(s.dir, privateFolder, placingFile("d")), `{"folder":"d","staged":"`+temporaryFolder+`/STAGED","first":2}`)

	if got := s.want(200, "GET", "/datasets/~d/items", ""); got.body != `[{"n":0}]` || got.header.Get("X-Apify-Pagination-Total") != "1" {
		t.Errorf("a part of the push was served: %s", got.body)
	}
	other, err := Open(s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.want(200, "GET", "/datasets/~d/items", ""); got.body != `[{"n":0},{"n":"sdk"}]` {
		t.Errorf("%s", got.body)
	}
	if _, err := os.Stat(staged); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", staged, err)
	}
	if err := other.Recover(t.Context()); err != nil {
		t.Error(err)
	}
}

// A note that was not made by us leads nowhere.
func TestHostilePlacing(t *testing.T) {
	for _, text := range []string{
		`{"folder":"../x","staged":".apifyctl/tmp/s","first":1}`, `{"folder":"x","staged":"datasets","first":1}`,
		`{"folder":"x","staged":".apifyctl/tmp/../../datasets","first":1}`, `{`,
	} {
		s := newSite(t, t.TempDir())
		s.want(201, "POST", "/datasets?name=d", "")
		s.want(201, "POST", "/datasets/~d/items", `{"n":0}`)
		writeFile(t, filepath.Join(s.dir, privateFolder, placingFile("d")), text)
		if err := s.handler.Recover(t.Context()); err == nil {
			t.Errorf("%s was followed", text)
		}
		s.want(200, "GET", "/datasets/~d/items", "")
	}
}

func TestUserLimits(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "PUT", "/users/me/limits", `{"dataRetentionDays":9}`)
	s.want(201, "PUT", "/users/me/limits", `{"maxMonthlyUsageUsd":1.5}`)
	limits, _ := s.want(200, "GET", "/users/me/limits", "").data(t)["limits"].(map[string]any)
	if limits["dataRetentionDays"] != 9.0 || limits["maxMonthlyUsageUsd"] != 1.5 {
		t.Errorf("%v", limits)
	}
	s.want(400, "PUT", "/users/me/limits", `{"dataRetentionDays":0.5}`)
	s.want(200, "GET", "/users/me/usage/monthly?date=2024-02-10", "")
	s.want(400, "GET", "/users/me/usage/monthly?date=x", "")
}
