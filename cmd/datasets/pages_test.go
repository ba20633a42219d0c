package datasets

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/inprocess"
	"github.com/apifyctl/apifyctl/internal/local"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/test/mockapi"
)

// Where pages begin and end changes nothing, whatever else was asked for, and
// both roads agree. Of two formats that are alike, one is tried with
// a set of flags, with APIFYCTL_SLOW_TESTS=1 both.
func TestPageBoundaries(t *testing.T) {
	t.Parallel()
	// An export looks for garbage at every quarter that the heap grows: with memory
	// that nothing touches, not at every export.
	untouched := make([]byte, 512<<20)
	t.Cleanup(func() { runtime.KeepAlive(untouched) })
	roads := []road{localRoad(t), cloudRoad(t)}
	for i, flags := range []string{
		"",
		"--offset 5", "--limit 11", "--offset 5 --limit 11", "--offset 29", "--offset 99", "--limit 99",
		"--desc", "--desc --offset 5", "--desc --limit 11", "--desc --offset 5 --limit 11",
		"--fields list,id,late", "--fields id,url --output-fields key,link", "--fields nothing",
		"--omit nested,list", "--fields id,list,nested --omit list",
		"--unwind list", "--unwind list --offset 3 --limit 11", "--unwind list --desc", "--unwind list --desc --offset 4 --limit 7",
		"--unwind nested", "--unwind list,nested --limit 13", "--unwind list --fields id,list", "--unwind list --clean",
		"--flatten nested", "--flatten nested --fields id,nested.b,nested.a", "--flatten nested --omit nested.a --desc",
		"--clean", "--clean --limit 11", "--clean --offset 5 --limit 11", "--clean --desc --offset 5",
		"--skip-empty", "--skip-empty --limit 8 --offset 1", "--skip-empty --fields late", "--skip-empty --unwind list --fields a",
		"--skip-hidden", "--skip-hidden --limit 6",
		"--skip-failed-pages", "--skip-failed-pages --offset 2 --limit 12", "--skip-failed-pages --clean --desc",
		"--simplified", "--simplified --offset 4 --limit 12", "--simplified --skip-failed-pages --clean",
		"--view few", "--view few --limit 4", "--view few --offset 3", "--view few --offset 3 --limit 99", "--view few --fields url",
		"--view unwound", "--view unwound --offset 2 --limit 9 --clean", "--view flat --desc",
	} {
		for j, format := range []string{"json", "jsonl", "csv", "tsv", "xlsx", "html", "xml", "rss"} {
			if os.Getenv("APIFYCTL_SLOW_TESTS") == "" && j%2 != i>>(j/2)&1 || testing.Short() && (i+j)%4 != 0 {
				continue
			}
			t.Run(format+" "+flags, func(t *testing.T) {
				t.Parallel()
				var roadsHave []string
				for _, road := range roads {
					whole := road.export(t, format, flags, "1000")
					for _, pages := range []string{"1", "7"} {
						if got := road.export(t, format, flags, pages); got != whole {
							t.Errorf("%s, pages of %s:\n%s\npages of 1000:\n%s", road.name, pages, got, whole)
						}
					}
					roadsHave = append(roadsHave, whole)
				}
				if roadsHave[0] != roadsHave[1] {
					t.Errorf("local:\n%s\ncloud:\n%s", roadsHave[0], roadsHave[1])
				}
			})
		}
	}
}

// manyShapes are stored items of which no two pages look alike.
func manyShapes() string {
	var items []string
	for i := range 30 {
		item := fmt.Sprintf(`{"id":%d,"url":"https://example.com/%d"`, i, i)
		if i%2 == 0 {
			item += fmt.Sprintf(`,"nested":{"a":%d.0,"b":{"c%d":"é, \"x\""}}`, i, i%3)
		}
		if i%3 == 0 {
			item += fmt.Sprintf(`,"list":[{"a":%d},{"a":null,"id":"own"}]`, i)
		}
		if i%5 == 1 {
			item += `,"#debug":{"time":1e3}`
		}
		if i%7 == 2 {
			item += `,"errorInfo":{"message":"timeout"}`
		}
		if i%4 == 0 {
			item += fmt.Sprintf(`,"pageFunctionResult":[{"n":%d},{"n":%d}]`, i, i+100)
		}
		if i == 28 {
			item += `,"late":"<only here>"`
		}
		items = append(items, item+"}")
	}
	items[4], items[9], items[10], items[17], items[29] = `{}`, `{"#debug":1}`, `{"list":[]}`, `{"list":{"a":1}}`, `{}`
	return "[" + strings.Join(items, ",") + "]"
}

const manyViews = `{"schema":{"actorSpecification":1,"fields":{},"views":{
	"few":{"title":"Few","transformation":{"fields":["id","list"],"desc":true,"limit":10}},
	"unwound":{"title":"Unwound","transformation":{"unwind":["list"],"omit":["nested"]}},
	"flat":{"title":"Flat","transformation":{"flatten":["nested"]}}}}}`

// road leads to a dataset "shapes" that holds manyShapes.
type road struct {
	name string
	app  func() *app.App
}

func localRoad(t *testing.T) road {
	dir := t.TempDir()
	handler, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, &http.Client{Transport: inprocess.New(handler)}, app.LocalURL)
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	return newRoad(t, "local", map[string]string{"APIFY_LOCAL_STORAGE_DIR": dir})
}

func cloudRoad(t *testing.T) road {
	server := mockapi.Start()
	t.Cleanup(server.Close)
	server.Configure(func(b *mockapi.Behaviour) { b.RateLimit = 100_000 })
	fill(t, http.DefaultClient, server.URL())
	return newRoad(t, "cloud", map[string]string{"APIFY_API_BASE_URL": server.URL(), "APIFY_TOKEN": mockapi.Token})
}

func newRoad(t *testing.T, name string, environment map[string]string) road {
	home := t.TempDir()
	return road{name, func() *app.App {
		return &app.App{
			Streams:     &output.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Quiet: true},
			Environment: config.Environment{Getenv: func(name string) string { return environment[name] }, HomeDir: home, ConfigDir: home},
			Flags:       app.Flags{NoProgress: true},
		}
	}}
}

// fill makes the dataset in the way the API has it.
func fill(t *testing.T, client *http.Client, base string) {
	t.Helper()
	post(t, client, base+"/v2/datasets?name=shapes", manyViews)
	post(t, client, base+"/v2/datasets/~shapes/items", manyShapes())
}

func post(t *testing.T, client *http.Client, url, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+mockapi.Token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	if answer.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %s %s", url, answer.Status, text)
	}
}

// export runs the command and reads what it wrote. What names the place that the
// items are from is the same on all roads.
func (r road) export(t *testing.T, format, flags, pages string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out."+format)
	args := append(strings.Fields(flags), "shapes", "-o", path, "--page-size", pages)
	if format == "rss" {
		args = append(args, "--feed-title", "t", "--feed-description", "d")
	}
	a := r.app()
	export := exportVerb(storage.Datasets())
	run := export.Run
	// cobra keeps the flags that it completes for ever, and they what they lead to.
	export.Fields, export.Lists, export.Row = nil, nil, nil
	export.Run = func(ctx context.Context, s *verb.Scope) error {
		defer func() { *s = verb.Scope{} }()
		return run(ctx, s)
	}
	command := export.Command(a)
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetArgs(args)
	if err := command.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%s, pages of %s: %v", r.name, pages, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if format == "rss" {
		return withoutLink(string(text))
	}
	return string(text)
}

// withoutLink leaves the link of a feed's channel out: a directory has none.
func withoutLink(feed string) string {
	before, behind, found := strings.Cut(feed, "<link>https://console.apify.com/")
	if !found {
		return feed
	}
	_, behind, _ = strings.Cut(behind, "</link>")
	return before + "<link/>" + behind
}
