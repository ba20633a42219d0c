package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A backup that is killed at random moments, of an account that changes between
// them, ends as what the account has; so does a restore of it into another account.
// APIFYCTL_SLOW_TESTS=1: 100 kills of each.
func TestBackupKilled(t *testing.T) {
	t.Parallel()
	rounds := 5
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		rounds = 100
	}
	if testing.Short() {
		rounds = 3
	}
	account, other := newServed(t), newServed(t)
	account.start()
	other.start()
	dir := filepath.Join(t.TempDir(), "backup")
	f := fillAccount(t, account)
	start := time.Now()
	account.mustRun(t, "backup", "-o", filepath.Join(t.TempDir(), "first"))
	most := time.Since(start) * 3 / 2
	killed := 0
	for round := range rounds {
		if account.cutAccount(t, most, "backup", "-o", dir) {
			killed++
		}
		f.change(round)
	}
	account.mustRun(t, "backup", "-o", dir)
	account.mustRun(t, "backup", "-o", dir, "--check")
	t.Logf("%d of %d backups were killed", killed, rounds)

	killed = 0
	for range rounds {
		if other.cutAccount(t, most, "restore", dir) {
			killed++
		}
	}
	other.mustRun(t, "restore", dir)
	other.mustRun(t, "restore", dir, "--check")
	t.Logf("%d of %d restores were killed", killed, rounds)
	if got, want := other.facts(t), account.facts(t); got != want {
		t.Errorf("the other account has\n%s\nwant\n%s", got, want)
	}
	// The directory is one that commands read, and nothing is left over in it.
	command := exec.CommandContext(t.Context(), "apifyctl", "datasets", "list", "--all", "-f", "id", "--local", dir)
	listed, err := command.Output()
	if count := bytes.Count(listed, []byte("\n")); err != nil || count != 2 {
		t.Errorf("the backup holds %d datasets, want 2: %s, %v", count, listed, err)
	}
}

// filled is an account that changes.
type filled struct {
	*served
	named, unnamed, store, queue string
}

func fillAccount(t *testing.T, s *served) *filled {
	t.Helper()
	f := &filled{served: s}
	for path, id := range map[string]*string{
		"/datasets?name=shoes": &f.named, "/datasets": &f.unnamed, "/key-value-stores?name=assets": &f.store, "/request-queues?name=crawl": &f.queue,
	} {
		var made struct{ ID string }
		s.data(http.MethodPost, path, nil, &made)
		*id = made.ID
	}
	s.must(http.MethodPut, "/datasets/"+f.named, `{"generalAccess":"ANYONE_WITH_ID_CAN_READ"}`)
	for round := range 10 {
		f.change(round)
	}
	return f
}

// change adds items, and records and requests, or changes those that are there.
func (f *filled) change(round int) {
	f.t.Helper()
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf(`{"round":%d,"n":%d,"price":1.0,"big":12345678901234567890}`, round, i))
	}
	f.must(http.MethodPost, "/datasets/"+f.named+"/items", "["+strings.Join(many, ",")+"]")
	f.must(http.MethodPost, "/datasets/"+f.unnamed+"/items", many[0])
	for i := range 5 {
		text := fmt.Sprintf("round %d: %s", round, strings.Repeat("text ", 1+rand.IntN(3000)))
		status, answer, err := f.askWith(http.MethodPut, fmt.Sprintf("/key-value-stores/%s/records/r-%d", f.store, (round*5+i)%60), "text/plain; charset=utf-8", strings.NewReader(text))
		if err != nil || status >= 300 {
			f.t.Fatalf("%d %s %v", status, answer, err)
		}
	}
	var batch []string
	for i := range 20 {
		batch = append(batch, fmt.Sprintf(`{"url":"https://example.com/%d/%d","uniqueKey":"k%d-%d","method":"GET","userData":{"n":%d}}`, round, i, round, i, i))
	}
	f.must(http.MethodPost, fmt.Sprintf("/request-queues/%s/requests/batch?forefront=%d", f.queue, round%2), "["+strings.Join(batch, ",")+"]")
	var head struct {
		Items []struct{ ID, URL, UniqueKey string }
	}
	f.data(http.MethodGet, "/request-queues/"+f.queue+"/head?limit=3", nil, &head)
	for _, r := range head.Items {
		f.must(http.MethodPut, "/request-queues/"+f.queue+"/requests/"+r.ID,
			fmt.Sprintf(`{"id":%q,"url":%q,"uniqueKey":%q,"method":"GET","retryCount":1,"handledAt":"2026-01-02T03:04:05.678Z"}`, r.ID, r.URL, r.UniqueKey))
	}
}

func (s *served) must(method, path, body string) {
	s.t.Helper()
	if status, answer, err := s.ask(method, path, []byte(body)); err != nil || status >= 300 {
		s.t.Fatalf("%s %s: %d %s, %v", method, path, status, answer, err)
	}
}

// onAccount is apifyctl on the server's account.
func (s *served) onAccount(ctx context.Context, t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	home := t.TempDir()
	command := exec.CommandContext(ctx, "apifyctl", arguments...)
	command.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "APPDATA="+home, "APIFY_TOKEN=any-token", "APIFY_API_BASE_URL="+s.URL())
	return command
}

func (s *served) mustRun(t *testing.T, arguments ...string) {
	t.Helper()
	if said, err := s.onAccount(t.Context(), t, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", arguments, err, said)
	}
}

// cutAccount kills a command at a random moment, and tells whether it was still
// running. One that ends by itself must have done its work.
func (s *served) cutAccount(t *testing.T, most time.Duration, arguments ...string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rand.N(most))
	defer cancel()
	said, err := s.onAccount(ctx, t, arguments...).CombinedOutput()
	if ctx.Err() != nil {
		return true
	}
	if exited, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Errorf("%q: %v\n%s", arguments, exited, said)
	}
	return false
}

// facts are what an account holds, without IDs and times.
func (s *served) facts(t *testing.T) string {
	t.Helper()
	var all []string
	for _, path := range []string{"datasets", "key-value-stores", "request-queues"} {
		var list struct {
			Items []struct {
				ID, Name, GeneralAccess                                                string
				ItemCount, TotalRequestCount, HandledRequestCount, PendingRequestCount int
			}
		}
		s.data(http.MethodGet, "/"+path+"?unnamed=1", nil, &list)
		for _, each := range list.Items {
			id := each.ID
			each.ID = ""
			text, err := json.Marshal(each)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, path+" "+string(text))
			if path == "request-queues" {
				var head struct{ Items []struct{ ID string } }
				s.data(http.MethodGet, "/request-queues/"+id+"/head?limit=1000", nil, &head)
				all = append(all, fmt.Sprint(head.Items))
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
