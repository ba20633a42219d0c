package requestfile

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// layoutsDir holds storage directories that the SDKs wrote.
const layoutsDir = "../local/testdata/layouts"

// waiting is the queue of each of them in the order of its head, without what
// is empty; done is its handled request.
var waiting = []map[string]any{
	{"url": "https://example.com/front-1", "uniqueKey": "https://example.com/front-1"},
	{"url": "https://example.com/post", "uniqueKey": "post-1", "method": "POST"},
	{"url": "https://example.com/front-2", "uniqueKey": "https://example.com/front-2"},
	{"url": "https://example.com/second?b=2&a=1", "uniqueKey": "https://example.com/second?a=1&b=2", "userData": map[string]any{"label": "L1", "depth": 2.0}},
	{"url": "https://example.com/retried", "uniqueKey": "https://example.com/retried", "retryCount": 2.0},
	{"url": "https://example.com/first", "uniqueKey": "https://example.com/first"},
}

var done = map[string]any{
	"url": "https://example.com/done", "uniqueKey": "https://example.com/done", "loadedUrl": "https://example.com/done#loaded",
}

var sdks = map[string]Layout{
	"crawlee-python-0.1.2":  Python01,
	"crawlee-python-0.4.5":  Python01,
	"crawlee-python-0.6.12": Python05,
	"crawlee-python-1.0.4":  Python1,
	"crawlee-python-1.11.0": Python1,
	"apify-python-1.7.2":    Crawlee3,
	"apify-js-0.20.4":       Flat,
}

func TestWhatSDKsWrote(t *testing.T) {
	for sdk, layout := range sdks {
		t.Run(sdk, func(t *testing.T) {
			dir := filepath.Join(layoutsDir, sdk)
			files := parseAll(t, dir, stateOf(t, dir))
			var got []map[string]any
			for _, f := range files {
				if f.Layout != layout {
					t.Errorf("layout %d of %s", f.Layout, f.Text)
				}
				request := requestOf(t, &f)
				if f.Order == 0 {
					handledAt, _ := request["handledAt"].(string)
					if _, err := time.Parse(apiLayout, handledAt); err != nil {
						t.Errorf("handledAt %q", handledAt)
					}
					delete(request, "handledAt")
					if !reflect.DeepEqual(request, done) {
						t.Errorf("handled: %v", request)
					}
					continue
				}
				got = append(got, request)
			}
			if !reflect.DeepEqual(got, waiting) {
				t.Errorf("got\n%v\nwant\n%v", got, waiting)
			}
			if len(files) != len(got)+1 {
				t.Errorf("%d files, %d wait", len(files), len(got))
			}
		})
	}
}

func nowhere(ID) int64 { return 0 }

// parseAll is the requests of the default queue in the order of its head.
func parseAll(t *testing.T, dir string, state State) []File {
	t.Helper()
	var files []File
	queue := filepath.Join(dir, "request_queues", "default")
	flat, _ := filepath.Glob(filepath.Join(queue, "*.json"))
	old, _ := filepath.Glob(filepath.Join(queue, "*", "*.json"))
	for _, name := range append(flat, old...) {
		if filepath.Base(name) == "__metadata__.json" {
			continue
		}
		legacy, _ := OrderOfLegacyName(filepath.Base(name))
		f, err := Parse(readFile(t, name), time.Now(), func(id ID) int64 { return cmp.Or(legacy, state[id]) })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		facts := struct {
			UniqueKey string `json:"uniqueKey"`
		}{}
		request, err := f.Request()
		if err == nil {
			err = json.Unmarshal(request, &facts)
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := Name(f.Layout, facts.UniqueKey); legacy == 0 && filepath.Base(name) != want {
			t.Errorf("a request is in %s, not in %s", filepath.Base(name), want)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Order, b.Order) })
	return files
}

func stateOf(t *testing.T, dir string) State {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, "key_value_stores", "default", StateKey("*")))
	for _, name := range names {
		if strings.HasSuffix(name, ".json") {
			continue
		}
		state, err := ParseState(readFile(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	return nil
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// requestOf is the request without its ID, which has to be right, and what is
// empty or the default.
func requestOf(t *testing.T, f *File) map[string]any {
	t.Helper()
	text, err := f.Request()
	if err != nil {
		t.Fatal(err)
	}
	var request map[string]any
	if err := json.Unmarshal(text, &request); err != nil {
		t.Fatal(err)
	}
	if key, _ := request["uniqueKey"].(string); request["id"] != IDOf(key).String() || f.ID != IDOf(key) {
		t.Errorf("ID %v of %s", request["id"], text)
	}
	maps.DeleteFunc(request, func(name string, value any) bool {
		empty, _ := value.(map[string]any)
		return name == "id" || value == false || value == 0.0 || name == "method" && value == "GET" || empty != nil && len(empty) == 0
	})
	return request
}

func TestMetadataTellsTheLayout(t *testing.T) {
	for sdk, layout := range sdks {
		switch layout {
		case Flat: // it has no metadata
			continue
		case Python01: // cannot be told from the next by an empty queue
			layout = Python05
		}
		text := readFile(t, filepath.Join(layoutsDir, sdk, "request_queues", "default", "__metadata__.json"))
		if got := OfMetadata(text); got != layout {
			t.Errorf("%s: layout %d", sdk, got)
		}
	}
	if got := OfMetadata([]byte(`{"id":"a","name":null,"accessedAt":"2024-01-15T10:30:00.123456+00:00","createdAt":"2024-01-15T10:30:00.123456+00:00","hadMultipleClients":false}`)); got != Flat {
		t.Errorf("Crawlee 4 has layout %d", got)
	}
}

// What is written is read again, in every layout.
func TestEncodedFilesAreReadAgain(t *testing.T) {
	requests := map[string]string{
		"plain":   `{"id":"","url":"https://a.example/?q=\"<&>\"","uniqueKey":"k"}`,
		"full":    `{"id":"","url":"https://a.example/č","uniqueKey":"k","method":"POST","payload":"a=1","headers":{"accept_all":"x"},"retryCount":3,"noRetry":true,"errorMessages":["x"],"userData":{"snake_case":[1.0,12345678901234567890],"__crawlee":{"maxRetries":2}}}`,
		"handled": `{"id":"","url":"https://a.example/","uniqueKey":"k","loadedUrl":"https://a.example/b","handledAt":"2024-05-01T12:00:00.123Z"}`,
	}
	now := time.Now().UnixNano()
	lock := time.Now().Add(time.Hour).UnixMilli() * perMillisecond
	for layout := Crawlee3; layout <= Flat; layout++ {
		for name, request := range requests {
			request = strings.Replace(request, `"id":""`, `"id":"`+IDOf("k").String()+`"`, 1)
			for _, place := range []struct {
				order  int64
				holder string
			}{{now, ""}, {-now, ""}, {lock, `client "a"`}, {-lock, "b"}, {1, ""}} {
				if name == "handled" {
					place.order, place.holder = 0, ""
				}
				text, err := Encode(layout, []byte(request), place.order, place.holder)
				if err != nil {
					t.Fatal(err)
				}
				f, err := Parse(text, time.Now(), func(ID) int64 { return 5 })
				if err != nil {
					t.Fatalf("layout %d, %s: %v\n%s", layout, name, err, text)
				}
				want := place.order
				if layout.hexNames() && want != 0 && place.holder == "" {
					want = 5 // the state has its place
				}
				back, err := f.Request()
				if err != nil || string(back) != request {
					t.Errorf("layout %d, %s: %v\n%s\n%s\n%s", layout, name, err, text, back, request)
				}
				if f.Layout != layout || f.Order != want || f.Holder != place.holder || f.ID != IDOf("k") {
					t.Errorf("layout %d, %s, %+v: %+v\n%s", layout, name, place, f, text)
				}
			}
		}
	}
}

// A file with another order is what it would be if it were written anew.
func TestReorderedFiles(t *testing.T) {
	now := time.Now()
	lockEnd := func(d time.Duration) int64 { return now.Add(d).UnixMilli() * perMillisecond }
	request := []byte(`{"id":"` + IDOf("k").String() + `","url":"https://a.example/?q=\"<&>\"","uniqueKey":"k","method":"POST","retryCount":3}`)
	type place struct {
		order  int64
		holder string
	}
	for layout := Crawlee3; layout <= Flat; layout++ {
		for _, from := range []place{{now.UnixNano() - 1, ""}, {-now.UnixNano(), ""}, {-lockEnd(time.Hour), `client "a"`}} {
			text, err := Encode(layout, request, from.order, from.holder)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse(text, time.Unix(1, 0), nowhere)
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range []place{{now.UnixNano() + 7, ""}, {lockEnd(time.Minute), "b"}, {-1, ""}} {
				got, ok := f.Reordered(to.order, to.holder)
				want, err := Encode(layout, request, to.order, to.holder)
				if err != nil || !ok || string(got) != string(want) {
					t.Errorf("layout %d: %t, %v\n%s\nwant\n%s", layout, ok, err, got, want)
				}
			}
		}
	}
	for _, text := range []string{`{"json":"{}","uniqueKey":"k"}`, `{"json":"{}","orderNo":null,"uniqueKey":"k"}`} {
		f, err := Parse([]byte(text), time.Unix(1, 0), nowhere)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := f.Reordered(5, ""); ok {
			t.Errorf("%s has become %s", text, got)
		}
	}
}

func TestOrders(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
	}{
		{`1700000000000`, 1700000000000_000000},
		{`-1700000000000.5`, -1700000000000_500000},
		{`"1700000762901.257992"`, 1700000762901_257992},
		{`"-0.000001"`, -1},
		{`"1700000762901.2579915000000"`, 1700000762901_257992},
		{`1.7e12`, 1700000000000_000000},
		{`"1.7E+12"`, 1700000000000_000000},
		{`1e300`, math.MaxInt64},
		{`-99999999999999999`, -math.MaxInt64},
		{`9999999999999`, math.MaxInt64},
		{`0`, 0},
		{`"NaN"`, 0},
		{`"Infinity"`, 0},
		{`""`, 0},
		{`"--5"`, 0},
		{`{}`, 0},
		{`true`, 0},
	} {
		if got, ok := parseOrder([]byte(c.text)); got != c.want || ok != (c.want != 0) {
			t.Errorf("%s is %d, %t", c.text, got, ok)
		}
	}
	for _, order := range []int64{1, -1, 999_999, 1_000_000, -1700000762901_257992, 1700000762901_250000, math.MaxInt64, -math.MaxInt64} {
		for _, layout := range []Layout{Crawlee3, Python05} {
			text := appendOrder(nil, layout, order)
			if got, ok := parseOrder(text); !ok || got != order && Abs(order) != math.MaxInt64 {
				t.Errorf("%d is %s is %d", order, text, got)
			}
		}
	}
}

func TestLegacyNames(t *testing.T) {
	for name, want := range map[string]int64{
		"2011795846144475.json": 1795846144475_000000,
		"1008204153855516.json": -1795846144484_000000,
		"2011795846144475":      0,
		"0000000000000001.json": 0,
		"9999999999999999.json": 0,
		"201179584614447x.json": 0,
		"__metadata__.json":     0,
	} {
		if got, ok := OrderOfLegacyName(name); got != want || ok != (want != 0) {
			t.Errorf("%s is %d, %t", name, got, ok)
		}
	}
}

func TestBrokenStates(t *testing.T) {
	for _, text := range []string{``, `[`, `{"regular_requests":{"a":"x"}}`, `{"forefront_requests":{"a":-1}}`, `{"regular_requests":[1]}`} {
		if state, err := ParseState([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, state)
		}
	}
}

func TestFilesWithoutARequest(t *testing.T) {
	for _, text := range []string{``, `null`, `[]`, `{}`, `{"url":"https://a.example"}`, `{"uniqueKey":5}`, `{"uniqueKey":"k"`} {
		if f, err := Parse([]byte(text), time.Unix(1, 0), nowhere); err == nil {
			t.Errorf("%q is %+v", text, f)
		}
	}
	for _, text := range []string{`{"uniqueKey":"k","json":""}`, `{"uniqueKey":"k","json":"[]"}`, `{"unique_key":"k","json_":"{"}`} {
		f, err := Parse([]byte(text), time.Unix(1, 0), nowhere)
		if err != nil {
			t.Fatal(err)
		}
		if request, err := f.Request(); err == nil {
			t.Errorf("%s is %s", text, request)
		}
	}
}

func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob(filepath.Join(layoutsDir, "*", "request_queues", "default", "*.json"))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(text, time.Unix(1, 0), nowhere)
		if err != nil {
			return
		}
		request, err := file.Request()
		if err != nil {
			return
		}
		if !json.Valid(request) {
			t.Fatalf("%q is %q", text, request)
		}
		if moved, ok := file.Reordered(1_000_000, "c"); ok {
			again, err := Parse(moved, time.Unix(1, 0), nowhere)
			if err != nil || again.Order != 1_000_000 || again.Holder != "c" || again.ID != file.ID {
				t.Fatalf("%q moved is %q: %+v, %v", text, moved, again, err)
			}
		}
	})
}
