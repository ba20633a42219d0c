package faults

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/api"
)

// command is a command line that is run under faults.
type command struct {
	name    string
	reads   bool                // changes nothing: the result is compared with the undisturbed one
	args    func(*run) []string // the command line
	stdin   string
	files   map[string]string           // in its folder, and still there after a failure
	before  func(*bench, *run) error    // makes what it is to change
	look    func(*bench, *run) string   // more to compare, of files that are never the same byte for byte
	same    func(got, want string) bool // instead of the same bytes on stdout
	codes   []int                       // of failures, besides 1
	partial bool                        // a failure may leave files
	binary  bool                        // see look
	// after finds what is wrong with what was changed; unknown: the command says that
	// it does not know.
	after func(b *bench, r *run, got result, unknown bool) (kind, wrong string)
}

func (c command) prepare(b *bench, r *run) error {
	if c.before == nil {
		return nil
	}
	return c.before(b, r)
}

func line(words ...string) func(*run) []string {
	return func(r *run) []string {
		args := slices.Clone(words)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "NAME", r.name)
		}
		return args
	}
}

const (
	itemCount    = 1500
	recordCount  = 40
	requestCount = 600
)

// fill makes what is read.
func fill(t *testing.T, client *api.Client) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := client.Datasets().Create(ctx, "items")
	check(err)
	var items []string
	for i := range itemCount {
		if i%7 == 3 {
			items = append(items, `{}`)
			continue
		}
		items = append(items, fmt.Sprintf(`{"n":%d,"name":"item %d, ünïcode","#debug":{"a":[1,2]}}`, i, i))
	}
	check(client.Datasets().Push(ctx, ref(api.KindDataset, "items"), []byte("["+strings.Join(items, ",")+"]")))
	for i := range 30 {
		_, _, err := client.Datasets().Create(ctx, fmt.Sprintf("other-%d", i))
		check(err)
	}
	_, _, err = client.KeyValueStores().Create(ctx, "records")
	check(err)
	for i := range recordCount {
		check(put(ctx, client, "records", fmt.Sprintf("key-%03d", i), strings.Repeat(fmt.Sprintf("value %d ", i), i*50+1)))
	}
	_, _, err = client.RequestQueues().Create(ctx, "requests")
	check(err)
	check(enqueue(ctx, client, "requests", requestCount))
}

func ref(kind api.Kind, name string) api.Ref {
	parsed, err := api.ParseRef(kind, "~"+name)
	if err != nil {
		panic(err)
	}
	return parsed
}

func put(ctx context.Context, client *api.Client, store, key, value string) error {
	return client.KeyValueStores().PutRecord(ctx, ref(api.KindKeyValueStore, store), key, api.Upload{
		ContentType: "text/plain; charset=utf-8", Size: int64(len(value)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(value)), nil },
	})
}

func enqueue(ctx context.Context, client *api.Client, queue string, count int) error {
	for start := 0; start < count; start += api.MaxBatchRequests {
		var requests []json.RawMessage
		for i := start; i < min(start+api.MaxBatchRequests, count); i++ {
			address := fmt.Sprintf("https://example.com/%d", i)
			requests = append(requests, fmt.Appendf(nil, `{"url":%q,"uniqueKey":%[1]q}`, address))
		}
		if _, _, err := client.RequestQueues().AddRequests(ctx, ref(api.KindRequestQueue, queue), requests, false); err != nil {
			return err
		}
	}
	return nil
}

// lines of JSON with the numbers 0 to count-1.
func lines(count int) string {
	var text strings.Builder
	for i := range count {
		_, _ = fmt.Fprintf(&text, "{\"n\":%d}\n", i)
	}
	return text.String()
}

func urls(count int) string {
	var text strings.Builder
	for i := range count {
		_, _ = fmt.Fprintf(&text, "https://example.com/%d\n", i)
	}
	return text.String()
}

func folder(count int) map[string]string {
	files := map[string]string{}
	for i := range count {
		files[fmt.Sprintf("in/key-%d.txt", i)] = strings.Repeat("value ", i*300+1)
	}
	return files
}

func commands() []command {
	return slices.Concat(reading(), changing(), naming(), requests(), copying())
}

func reading() []command {
	old := map[string]string{"out": "what was there before"}
	return []command{
		{name: "datasets export", reads: true, files: old, args: line("datasets", "export", "items", "-f", "jsonl", "-o", "out", "--page-size", "200")},
		{name: "datasets export, any page", reads: true, files: old, args: line("datasets", "export", "items", "-f", "csv", "-o", "out")},
		{name: "datasets export --clean", reads: true, files: old, args: line("datasets", "export", "items", "-f", "jsonl", "-o", "out", "--clean", "--page-size", "200")},
		{name: "datasets export --skip-empty", reads: true, files: old, args: line("datasets", "export", "items", "-f", "json", "-o", "out", "--skip-empty")},
		{name: "datasets export --desc", reads: true, args: line("datasets", "export", "items", "-f", "jsonl", "--desc", "--page-size", "400")},
		{name: "datasets export, xlsx", reads: true, files: map[string]string{"out.xlsx": "old"}, binary: true, args: line("datasets", "export", "items", "-o", "out.xlsx"), look: unzipped("out.xlsx")},
		{name: "datasets items", reads: true, args: line("datasets", "items", "items", "-f", "jsonl", "--limit", "70")},
		{name: "datasets list", reads: true, args: line("datasets", "list", "--all", "-f", "id")},
		{name: "datasets get", reads: true, args: line("datasets", "get", "items", "--jq", ".id,.itemCount")},
		{name: "kvs get", reads: true, args: line("kvs", "get", "records", "key-030")},
		{name: "kvs get -o", reads: true, files: old, args: line("kvs", "get", "records", "key-039", "-o", "out")},
		{name: "kvs keys", reads: true, args: line("kvs", "keys", "records", "-f", "jsonl")},
		{name: "kvs export, folder", reads: true, partial: true, codes: []int{5}, args: line("kvs", "export", "records", "-o", "folder")},
		{name: "kvs export, zip", reads: true, files: map[string]string{"out.zip": "old"}, binary: true, args: line("kvs", "export", "records", "-o", "out.zip"), look: unzipped("out.zip")},
		{name: "queues get", reads: true, args: line("queues", "get", "requests", "--jq", ".id,.totalRequestCount")},
		{name: "queues head", reads: true, args: line("queues", "head", "requests", "-f", "jsonl", "--limit", "100")},
		{name: "queues requests", reads: true, args: line("queues", "requests", "requests", "-f", "jsonl")},
		{name: "queues export", reads: true, files: old, args: line("queues", "export", "requests", "-f", "jsonl", "-o", "out")},
		{name: "api", reads: true, args: line("api", "GET", "datasets?unnamed=1", "--paginate"), same: sameIDs},
		{name: "whoami", reads: true, args: line("whoami", "--jq", ".username")},
		{name: "login", reads: true, stdin: token, args: line("login", "--no-keyring", "-q"), look: kept},
		{name: "datasets schema", reads: true, args: line("datasets", "schema", "items", "-f", "jsonl")},
		{name: "usage", reads: true, args: line("usage", "-f", "json"), same: sameIDs}, // what a storage costs grows with time
		{name: "keep --dry-run", reads: true, args: line("keep", "--dry-run", "-f", "jsonl")},
	}
}

// sameIDs: of storages, when they were looked at last may differ.
func sameIDs(got, want string) bool {
	ids := func(text string) (list []struct{ ID string }) {
		if json.Unmarshal([]byte(text), &list) != nil {
			return nil
		}
		return list
	}
	return len(ids(got)) > 0 && slices.Equal(ids(got), ids(want))
}

// kept tells whether the token was.
func kept(_ *bench, r *run) string {
	found, err := filepath.Glob(filepath.Join(filepath.Dir(r.dir), "apifyctl", "*"))
	return fmt.Sprint(len(found) > 0, err)
}

// unzipped are the names and contents of an archive.
func unzipped(name string) func(*bench, *run) string {
	return func(_ *bench, r *run) string {
		archive, err := zip.OpenReader(filepath.Join(r.dir, name))
		if err != nil {
			return ""
		}
		defer func() { _ = archive.Close() }()
		var text strings.Builder
		for _, file := range archive.File {
			reader, err := file.Open()
			if err != nil {
				return err.Error()
			}
			_, _ = fmt.Fprintf(&text, "%s %d %08x\n", file.Name, file.UncompressedSize64, file.CRC32)
			if strings.HasPrefix(file.Name, "docProps") {
				text.Reset() // it has the time
			}
			if _, err := io.Copy(io.Discard, reader); err != nil {
				_, _ = fmt.Fprintln(&text, err)
			}
			_ = reader.Close()
		}
		return text.String()
	}
}

func changing() []command {
	return []command{
		{name: "datasets put", files: map[string]string{"in.jsonl": lines(200)}, args: line("datasets", "put", "NAME", "in.jsonl"), before: newDataset(0), after: pushed(0, 200)},
		{name: "kvs put", files: map[string]string{"in.txt": strings.Repeat("a value, ", 3000)}, args: line("kvs", "put", "NAME", "key", "in.txt"), before: newStore(0), after: holds(map[string]string{"key": strings.Repeat("a value, ", 3000)})},
		{name: "kvs import", files: folder(12), codes: []int{5}, args: line("kvs", "import", "NAME", "in"), before: newStore(0), after: func(b *bench, r *run, got result, unknown bool) (string, string) {
			want := map[string]string{}
			for name, text := range folder(12) {
				want[strings.TrimPrefix(name, "in/")] = text
			}
			return holds(want)(b, r, got, unknown)
		}},
		{name: "kvs delete-key", codes: []int{5}, args: line("kvs", "delete-key", "NAME", "key-000", "key-001", "key-002", "--yes"), before: newStore(4), after: holds(map[string]string{"key-003": "value 3"})},
		{name: "queues put", files: map[string]string{"in.txt": urls(80)}, args: line("queues", "put", "NAME", "in.txt"), before: newQueue(0), after: queued(80)},
		{name: "queues put, again", files: map[string]string{"in.txt": urls(80)}, args: line("queues", "put", "NAME", "in.txt"), before: newQueue(40), after: queued(80)},
	}
}

// naming are the commands that all kinds have.
func naming() (all []command) {
	for _, k := range []struct {
		word   string
		kind   api.Kind
		before func(*bench, *run) error
	}{
		{"datasets", api.KindDataset, newDataset(3)},
		{"kvs", api.KindKeyValueStore, newStore(3)},
		{"queues", api.KindRequestQueue, newQueue(3)},
	} {
		all = append(all,
			command{name: k.word + " create", args: line(k.word, "create", "NAME"), after: becomes(k.kind, "", "it was not made", isThere)},
			command{name: k.word + " rename", args: line(k.word, "rename", "NAME", "NAME-new"), before: k.before, after: becomes(k.kind, "-new", "it is not renamed", isThere)},
			command{name: k.word + " share", args: line(k.word, "share", "NAME", "--access", "anyone-with-id"), before: k.before, after: becomes(k.kind, "", "it is not shared", func(s *api.Storage) bool {
				return isThere(s) && s.GeneralAccess == api.AccessAnyoneWithID
			})},
			command{name: k.word + " delete", args: line(k.word, "delete", "NAME", "--yes"), before: k.before, after: becomes(k.kind, "", "it is not deleted", func(s *api.Storage) bool { return s == nil })},
		)
	}
	return all
}

func isThere(s *api.Storage) bool { return s != nil }

// becomes: where the command says so, the storage has become what it was to be.
func becomes(kind api.Kind, suffix, wrong string, is func(*api.Storage) bool) func(*bench, *run, result, bool) (string, string) {
	return func(b *bench, r *run, got result, _ bool) (string, string) {
		if got.code != 0 {
			return "", ""
		}
		found, err := b.storage(kind, r.name+suffix)
		if err != nil {
			return "harness", err.Error()
		}
		if !is(found) {
			return "loss", wrong
		}
		return "", ""
	}
}

// storage is nil where there is none of that name.
func (b *bench) storage(kind api.Kind, name string) (found *api.Storage, err error) {
	switch kind {
	case api.KindDataset:
		var d *api.Dataset
		if d, err = b.write.client.Datasets().Get(b.t.Context(), ref(kind, name)); err == nil {
			found = &d.Storage
		}
	case api.KindKeyValueStore:
		var s *api.KeyValueStore
		if s, err = b.write.client.KeyValueStores().Get(b.t.Context(), ref(kind, name)); err == nil {
			found = &s.Storage
		}
	case api.KindRequestQueue:
		var q *api.RequestQueue
		if q, err = b.write.client.RequestQueues().Get(b.t.Context(), ref(kind, name)); err == nil {
			found = &q.Storage
		}
	}
	if api.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// requests are the commands that change requests one by one.
func requests() []command {
	const count = 30
	handled := func(b *bench, r *run) error {
		if err := newQueue(count)(b, r); err != nil {
			return err
		}
		queues, queue := b.write.client.RequestQueues(), ref(api.KindRequestQueue, r.name)
		for raw, err := range queues.Requests(b.t.Context(), queue, api.RequestsOptions{}) {
			if err != nil {
				return err
			}
			var id struct{ ID string }
			if err := json.Unmarshal(raw, &id); err != nil {
				return err
			}
			changed := append(bytes.Clone(bytes.TrimSuffix(raw, []byte("}"))), `,"handledAt":"2026-01-02T03:04:05.000Z"}`...)
			if err := queues.UpdateRequest(b.t.Context(), queue, id.ID, changed, false); err != nil {
				return err
			}
		}
		return nil
	}
	return []command{
		{name: "queues requeue", codes: []int{5}, args: line("queues", "requeue", "NAME", "--handled", "--yes"), before: handled, after: stateOf(count, count)},
		{name: "queues unlock", args: line("queues", "unlock", "NAME", "--yes"), before: newQueue(count), after: stateOf(count, count)},
		{name: "queues delete-request", codes: []int{5}, args: line("queues", "delete-request", "NAME", "--url", "https://example.com/1*", "--yes"), before: newQueue(count), after: stateOf(count-11, count-11)},
	}
}

// stateOf: so many requests are in the queue then, and so many of them are to be handled.
func stateOf(total, pending int64) func(*bench, *run, result, bool) (string, string) {
	return func(b *bench, r *run, got result, _ bool) (string, string) {
		if got.code != 0 {
			return "", ""
		}
		q, err := b.write.client.RequestQueues().Get(b.t.Context(), ref(api.KindRequestQueue, r.name))
		if err != nil {
			return "harness", err.Error()
		}
		if q.TotalRequestCount != total || q.PendingRequestCount != pending {
			return "loss", fmt.Sprintf("%d requests, %d pending; want %d, %d", q.TotalRequestCount, q.PendingRequestCount, total, pending)
		}
		return "", ""
	}
}

func copying() []command {
	return []command{
		{name: "copy, dataset to a directory", reads: true, partial: true, codes: []int{5}, args: line("copy", "cloud:items", "local:there/x", "--kind", "datasets")},
		{name: "copy, store to a directory", reads: true, partial: true, codes: []int{5}, args: line("copy", "cloud:records", "local:there/x", "--kind", "kvs")},
		{name: "copy, queue to a directory", reads: true, partial: true, codes: []int{5}, args: line("copy", "cloud:requests", "local:there/x", "--kind", "queues"), binary: true, after: copiedQueue},
		{name: "copy, dataset from a directory", codes: []int{5}, files: directory(), args: line("copy", "local:here/numbers", "cloud:NAME", "--kind", "datasets"), after: pushed(0, 300)},
	}
}

// directory is a storage directory with a dataset of 300 items.
func directory() map[string]string {
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("here/datasets/numbers/%09d.json", i+1)] = fmt.Sprintf(`{"n":%d}`, i)
	}
	return files
}

// copiedQueue: a file each, whose name follows from the unique key.
func copiedQueue(_ *bench, _ *run, got result, _ bool) (string, string) {
	count := 0
	for name := range got.files {
		if strings.HasPrefix(name, filepath.Join("there", "request_queues", "x")) && !strings.Contains(name, "__metadata__") {
			count++
		}
	}
	if got.code == 0 && count != requestCount {
		return "loss", fmt.Sprintf("%d requests were copied", count)
	}
	return "", ""
}

func newDataset(count int) func(*bench, *run) error {
	return func(b *bench, r *run) error {
		if _, _, err := b.write.client.Datasets().Create(b.t.Context(), r.name); err != nil || count == 0 {
			return err
		}
		items := strings.ReplaceAll(strings.TrimSpace(lines(count)), "\n", ",")
		return b.write.client.Datasets().Push(b.t.Context(), ref(api.KindDataset, r.name), []byte("["+items+"]"))
	}
}

func newStore(count int) func(*bench, *run) error {
	return func(b *bench, r *run) error {
		_, _, err := b.write.client.KeyValueStores().Create(b.t.Context(), r.name)
		for i := range count {
			if err == nil {
				err = put(b.t.Context(), b.write.client, r.name, fmt.Sprintf("key-%03d", i), fmt.Sprint("value ", i))
			}
		}
		return err
	}
}

func newQueue(count int) func(*bench, *run) error {
	return func(b *bench, r *run) error {
		if _, _, err := b.write.client.RequestQueues().Create(b.t.Context(), r.name); err != nil {
			return err
		}
		return enqueue(b.t.Context(), b.write.client, r.name, count)
	}
}

// pushed: every item is there once, or at most once where the command failed; and
// none where a single push failed that claims to know.
func pushed(before, count int) func(*bench, *run, result, bool) (string, string) {
	return func(b *bench, r *run, got result, unknown bool) (string, string) {
		seen := map[int]int{}
		for page, err := range b.write.client.Datasets().Pages(b.t.Context(), ref(api.KindDataset, r.name), api.ItemsOptions{}) {
			if api.IsNotFound(err) && got.code != 0 {
				return "", ""
			}
			if err != nil {
				return "harness", err.Error()
			}
			var items []struct{ N int }
			if err := json.Unmarshal(page.Data, &items); err != nil {
				return "harness", err.Error()
			}
			for _, item := range items {
				seen[item.N]++
			}
		}
		stored := 0
		for n, times := range seen {
			if times > 1 {
				return "duplicate", fmt.Sprintf("item %d is stored %d times", n, times)
			}
			stored++
		}
		switch {
		case got.code == 0 && stored != before+count:
			return "loss", fmt.Sprintf("%d of %d items are stored", stored, before+count)
		case got.code != 0 && stored > before && !unknown && !strings.Contains(got.stderr, fmt.Sprint(stored)):
			return "loss", fmt.Sprintf("%d items are stored, which it does not say", stored)
		}
		return "", ""
	}
}

// holds: what was to be in the store is in it, and nothing else.
func holds(want map[string]string) func(*bench, *run, result, bool) (string, string) {
	return func(b *bench, r *run, got result, _ bool) (string, string) {
		if got.code != 0 {
			return "", ""
		}
		stores, store := b.write.client.KeyValueStores(), ref(api.KindKeyValueStore, r.name)
		found := map[string]string{}
		for key, err := range stores.Keys(b.t.Context(), store, api.KeysOptions{}) {
			if err != nil {
				return "harness", err.Error()
			}
			reader, err := stores.OpenRecord(b.t.Context(), store, key.Key)
			if err != nil {
				return "harness", err.Error()
			}
			var value bytes.Buffer
			_, err = io.Copy(&value, reader)
			_ = reader.Close()
			if err != nil {
				return "harness", err.Error()
			}
			found[key.Key] = value.String()
		}
		if !maps.Equal(found, want) {
			return "loss", fmt.Sprintf("the store has %q", slices.Sorted(maps.Keys(found)))
		}
		return "", ""
	}
}

func queued(count int) func(*bench, *run, result, bool) (string, string) {
	return func(b *bench, r *run, got result, _ bool) (string, string) {
		seen := map[string]int{}
		for raw, err := range b.write.client.RequestQueues().Requests(b.t.Context(), ref(api.KindRequestQueue, r.name), api.RequestsOptions{}) {
			if err != nil {
				return "harness", err.Error()
			}
			var request struct{ URL string }
			if err := json.Unmarshal(raw, &request); err != nil {
				return "harness", err.Error()
			}
			seen[request.URL]++
		}
		for address, times := range seen {
			if times > 1 {
				return "duplicate", fmt.Sprintf("%s is there %d times", address, times)
			}
		}
		if got.code == 0 && len(seen) != count {
			return "loss", fmt.Sprintf("%d of %d requests are there", len(seen), count)
		}
		return "", ""
	}
}
