package datasets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
	"github.com/apifyctl/apifyctl/test/mockapi"
)

// transport counts requests for items and may break off at one of them.
type transport struct {
	count   atomic.Int64
	breakAt int64
	cancel  context.CancelFunc
	lowest  atomic.Int64 // offset that was asked for
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if filepath.Base(r.URL.Path) == "items" {
		offset, _ := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64) // none is 0
		for {
			lowest := t.lowest.Load()
			if offset >= lowest || t.lowest.CompareAndSwap(lowest, offset) {
				break
			}
		}
		if t.count.Add(1) == t.breakAt {
			t.cancel()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func exportTo(t *testing.T, server *mockapi.Server, id, path string, items api.ItemsOptions, wire *transport) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wire.cancel = cancel
	wire.lowest.Store(1 << 40)
	client, err := api.New(api.Options{BaseURL: server.URL(), Token: mockapi.Token, Transport: wire})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := api.ParseRef(api.KindDataset, id)
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close() //nolint:errcheck // the null device
	streams := output.NewStreams(null, null, null, func(string) string { return "" })
	e := &exporter{Scope: &verb.Scope{App: &app.App{Streams: streams}, Client: client}, options: exportOptions{items: items, resume: true}}
	return e.only(ctx, destination.Target{Ref: ref, Path: path})
}

func crawled(t *testing.T, count int) (*mockapi.Server, string) {
	t.Helper()
	server := mockapi.Start()
	t.Cleanup(server.Close)
	server.Configure(func(b *mockapi.Behaviour) { b.RateLimit = 100_000 })
	id := server.Add("datasets", "crawled")
	for i := range count {
		server.Push(id, fmt.Sprintf(`{"n":%d,"nested":{"k%d":"text"},"list":[{"a":1},{"a":%d}]}`, i, i%7, i))
	}
	return server, id
}

// Broken off again and again at random points, with the tail of what was kept
// lost now and then, an export ends up as if nothing had happened.
func TestResume(t *testing.T) {
	t.Parallel()
	server, id := crawled(t, 500)
	for round := range 50 {
		t.Run(strconv.Itoa(round), func(t *testing.T) {
			t.Parallel()
			resumed(t, server, id, round)
		})
	}
}

// resumed breaks one export off until it is done.
func resumed(t *testing.T, server *mockapi.Server, id string, round int) {
	t.Helper()
	dir := t.TempDir()
	ending := []string{"csv", "jsonl.gz", "xlsx", "xml", "json"}[round%5]
	options := api.ItemsOptions{PageSize: 20, Concurrency: 2}
	if round%3 == 1 {
		options.Unwind, options.Offset, options.Limit = []string{"list"}, 33, 401
	}
	whole, broken := filepath.Join(dir, "whole."+ending), filepath.Join(dir, fmt.Sprintf("broken-%d.%s", round, ending))
	if err := exportTo(t, server, id, whole, options, &transport{}); err != nil {
		t.Fatal(err)
	}
	for try := 0; ; try++ {
		wire := &transport{breakAt: 2 + rand.Int64N(12)}
		before := keptUpTo(t, server, id, broken, options)
		err := exportTo(t, server, id, broken, options, wire)
		if wire.lowest.Load() < before {
			t.Fatalf("%s: item %d was fetched again, %d were kept", ending, wire.lowest.Load(), before)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := os.Stat(broken); err == nil || try > 100 {
			t.Fatalf("%s: a broken file after %d tries", ending, try)
		}
		if try%2 == 1 {
			cutTail(t, transfer.KeptPath(broken))
		}
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(broken)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s: differs from the uninterrupted one (%d and %d bytes, %v)", ending, len(got), len(want), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

// keptUpTo is where the pages end that were kept for a destination.
func keptUpTo(t *testing.T, server *mockapi.Server, id, destination string, items api.ItemsOptions) int64 {
	t.Helper()
	if _, err := os.Stat(transfer.KeptPath(destination)); err != nil {
		return 0
	}
	client, err := api.New(api.Options{BaseURL: server.URL(), Token: mockapi.Token})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := api.ParseRef(api.KindDataset, id)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := transfer.Keep(t.Context(), client.Datasets(), ref, destination, items)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(context.Canceled); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return kept.Behind()
}

// cutTail loses some of a file's end, as a crash of the system does.
func cutTail(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	if err := os.Truncate(path, info.Size()-rand.Int64N(info.Size()/2+1)); err != nil {
		t.Fatal(err)
	}
}

func TestResumeOfAnotherExport(t *testing.T) {
	t.Parallel()
	server, id := crawled(t, 200)
	path := filepath.Join(t.TempDir(), "f.jsonl")
	options := api.ItemsOptions{PageSize: 20, Concurrency: 1}
	if err := exportTo(t, server, id, path, options, &transport{breakAt: 5}); !errors.Is(err, context.Canceled) || failure.Hint(err) == "" {
		t.Fatalf("broken off: %v, hint %q", err, failure.Hint(err))
	}
	other := options
	other.Clean = true
	if err := exportTo(t, server, id, path, other, &transport{}); !errors.Is(err, transfer.ErrOtherExport) {
		t.Errorf("with other flags: %v", err)
	}
	again := server.Add("datasets", "another")
	server.Push(again, `{"n":1}`)
	if err := exportTo(t, server, again, path, options, &transport{}); !errors.Is(err, transfer.ErrOtherExport) {
		t.Errorf("another dataset: %v", err)
	}
	if err := exportTo(t, server, id, path, options, &transport{}); err != nil {
		t.Errorf("going on: %v", err)
	}
	descending := options
	descending.Descending = true
	down := filepath.Join(t.TempDir(), "g.jsonl")
	if err := exportTo(t, server, id, down, descending, &transport{breakAt: 5}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	if err := exportTo(t, server, id, down, descending, &transport{}); err != nil {
		t.Errorf("an unchanged dataset, descending: %v", err)
	}
}

// What was added meanwhile comes behind what was kept; where that would shift
// what was kept, nothing goes on.
func TestResumeOfGrownDataset(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		items   api.ItemsOptions
		refused bool
	}{
		"ascending":  {api.ItemsOptions{}, false},
		"descending": {api.ItemsOptions{Descending: true}, true},
		"view":       {api.ItemsOptions{View: "flat"}, true},
	} {
		server := mockapi.Start()
		t.Cleanup(server.Close)
		fill(t, http.DefaultClient, server.URL())
		id, dir := server.Find("datasets", "shapes"), t.TempDir()
		broken, whole := filepath.Join(dir, "broken.csv"), filepath.Join(dir, "whole.csv")
		c.items.PageSize, c.items.Concurrency = 5, 1
		if err := exportTo(t, server, id, broken, c.items, &transport{breakAt: 4}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		server.Push(id, `{"id":30,"new":true}`)
		err := exportTo(t, server, id, broken, c.items, &transport{})
		if c.refused {
			if !errors.Is(err, transfer.ErrOtherExport) || failure.Hint(err) == "" {
				t.Errorf("%s: %v, hint %q", name, err, failure.Hint(err))
			}
			continue
		}
		if err := errors.Join(err, exportTo(t, server, id, whole, c.items, &transport{})); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(broken); err != nil || !bytes.Equal(got, want) || !bytes.Contains(got, []byte("new")) {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

// An export that breaks off before it has anything leaves nothing to go on with.
func TestResumeOfNothing(t *testing.T) {
	t.Parallel()
	server, id := crawled(t, 20)
	dir := t.TempDir()
	server.Inject(mockapi.Fault{Kind: mockapi.FaultStatus, Status: http.StatusBadRequest, Path: "/items"})
	if err := exportTo(t, server, id, filepath.Join(dir, "f.csv"), api.ItemsOptions{Concurrency: 1}, &transport{}); err == nil || failure.Hint(err) != "" {
		t.Errorf("%v, hint %q", err, failure.Hint(err))
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
