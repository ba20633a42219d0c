package local

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

func TestItemsKeepTheirBytes(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=raw", "")
	items := []string{
		`{"z":1,"a":12345678901234567890,"f":1.0,"e":1E+2,"s":"\u00e9\/\ud83d\ude00","z":2}`,
		`{"nested":{"b":[],"a":{}},"<&>":"\u2028"}`,
		`{}`,
	}
	s.want(201, "POST", "/datasets/~raw/items", " [ "+strings.Join(items, " , ")+"\n]")
	s.want(201, "POST", "/datasets/~raw/items", `{ "one" : [ 1, 2 ] }`)
	got := s.want(200, "GET", "/datasets/~raw/items", "")
	if want := "[" + strings.Join(items, ",") + `,{"one":[1,2]}]`; got.body != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	lines := s.want(200, "GET", "/datasets/~raw/items?format=jsonl&limit=2", "")
	if want := items[0] + "\n" + items[1] + "\n"; lines.body != want {
		t.Errorf("got %s", lines.body)
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "datasets", "raw", "000000004.json"))
	if err != nil || string(text) != "{\n\t\"one\": [\n\t\t1,\n\t\t2\n\t]\n}" {
		t.Errorf("%q, %v", text, err)
	}
}

// The time of a folder does not always tell that an item has gone.
func TestItemThatHasGone(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=n", "")
	s.want(201, "POST", "/datasets/~n/items", numbersFrom(0, 3))
	folder, then := filepath.Join(s.dir, "datasets", "n"), time.Now().Add(-time.Minute)
	if err := os.Chtimes(folder, then, then); err != nil {
		t.Fatal(err)
	}
	s.want(200, "GET", "/datasets/~n/items", "")
	if err := errors.Join(os.Remove(filepath.Join(folder, "000000002.json")), os.Chtimes(folder, then, then)); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"?format=jsonl", "?format=csv"} {
		got := s.want(200, "GET", "/datasets/~n/items"+query, "")
		if lines := strings.Count(got.body, "\n"); got.header.Get("X-Apify-Pagination-Total") != "2" || lines < 2 || lines > 3 {
			t.Errorf("%s: %q, %v", query, got.body, got.header)
		}
	}
}

func TestItemsPaging(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=n", "")
	s.want(201, "POST", "/datasets/~n/items", numbersFrom(0, 10))
	if err := os.Remove(filepath.Join(s.dir, "datasets", "n", "000000004.json")); err != nil { // n = 3
		t.Fatal(err)
	}
	for _, c := range []struct{ query, want, count, limit string }{
		{"", "012456789", "9", "999999999999"},
		{"?offset=2&limit=3", "245", "3", "3"},
		{"?offset=8&limit=3", "9", "1", "3"},
		{"?offset=9", "", "0", "999999999999"},
		{"?offset=99999999999999999999", "", "0", "999999999999"},
		{"?desc=1", "987654210", "9", "999999999999"},
		{"?desc=true&offset=4&limit=3", "542", "3", "3"},
		{"?limit=0", "012456789", "9", "999999999999"},
	} {
		got := s.want(200, "GET", "/datasets/~n/items"+c.query, "")
		var items []struct{ N int }
		if err := json.Unmarshal([]byte(got.body), &items); err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, item := range items {
			text += strconv.Itoa(item.N)
		}
		pagination := func(name string) string { return got.header.Get("X-Apify-Pagination-" + name) }
		if text != c.want || pagination("Count") != c.count || pagination("Limit") != c.limit || pagination("Total") != "9" {
			t.Errorf("%q: %s, %v", c.query, text, got.header)
		}
		head := s.want(200, "HEAD", "/datasets/~n/items"+c.query, "")
		if head.body != "" || head.header.Get("X-Apify-Pagination-Count") != c.count {
			t.Errorf("HEAD %q: %v", c.query, head.header)
		}
	}
	for _, query := range []string{"limit=-1", "offset=x", "desc=2", "format=pdf", "outputFields=a", "fields=a&outputFields=a,b"} {
		if got := s.want(400, "GET", "/datasets/~n/items?"+query, ""); got.errorType(t) != "invalid-value" {
			t.Errorf("%s: %s", query, got.body)
		}
	}
	if got := s.want(400, "GET", "/datasets/~n/items?view=overview", ""); got.errorType(t) != "invalid-value" {
		t.Errorf("a view of no schema: %s", got.body)
	}
}

func TestPushRefusals(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	for _, c := range []struct{ body, kind, message string }{
		{`[{"a":1},2]`, "invalid-value", "position 1"},
		{`[{"a":1},[{}]]`, "invalid-value", "position 1"},
		{`["{}"]`, "invalid-value", "position 0"},
		{`{"a":}`, "invalid-value", "byte"},
		{`{"a":1} {}`, "invalid-value", "byte"},
		{``, "invalid-value", "JSON"},
		{`7`, "invalid-value", "array of objects"},
		{"{\"a\":\"\xff\"}", "invalid-value", "byte 6"},
	} {
		got := s.want(400, "POST", "/datasets/~d/items", c.body)
		if got.errorType(t) != c.kind || !strings.Contains(got.body, c.message) {
			t.Errorf("%q: %s", c.body, got.body)
		}
	}
	large := `{"a":"` + strings.Repeat("x", 9_437_184) + `"}`
	if got := s.want(413, "POST", "/datasets/~d/items", large); got.errorType(t) != "request-too-large" {
		t.Error(got.body)
	}
	if got := s.want(413, "POST", "/datasets/~d/items", compress(t, "gzip", large), "Content-Encoding", "gzip"); got.errorType(t) != "request-too-large" {
		t.Error(got.body)
	}
	s.want(415, "POST", "/datasets/~d/items", "{}", "Content-Encoding", "zstd")
	s.want(400, "POST", "/datasets/~d/items", "{}", "Content-Encoding", "gzip")
	s.want(404, "POST", "/datasets/~missing/items", "{}")
	if got := s.want(200, "GET", "/datasets/~d/items", ""); got.body != "[]" {
		t.Error(got.body)
	}
}

func TestPushCompressed(t *testing.T) {
	s := newSite(t, t.TempDir())
	for i, encoding := range []string{"gzip", "br", "deflate", "raw deflate", "identity"} {
		name, _ := strings.CutPrefix(encoding, "raw ")
		got := s.want(201, "POST", "/actor-runs/any/dataset/items", compress(t, encoding, `{"a":1}`), "Content-Encoding", name)
		if got.body != "{}\n" || got.header.Get("Location") == "" {
			t.Errorf("%q, %v", got.body, got.header)
		}
		object := s.want(200, "GET", "/datasets/~default", "").data(t)
		if object["itemCount"] != float64(i+1) {
			t.Errorf("%v", object)
		}
	}
}

func compress(t *testing.T, encoding, text string) string {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "raw deflate":
		w, _ = flate.NewWriter(&out, 1)
	default:
		return text
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A dataset larger than what is held back streams, and a broken item in it, or one
// that goes, cuts the body.
func TestBrokenItems(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	padded := `{"a":"` + strings.Repeat("x", 10_000) + `"}`
	s.want(201, "POST", "/datasets/~d/items", "["+strings.Repeat(padded+",", 299)+padded+"]")
	whole := s.want(200, "GET", "/datasets/~d/items", "")
	if want := 300*len(padded) + 301; len(whole.body) != want {
		t.Fatalf("%d bytes, want %d", len(whole.body), want)
	}
	folder := filepath.Join(s.dir, "datasets", "d")
	for name, breakIt := range map[string]func(path string) error{
		"half":      func(path string) error { return os.WriteFile(path, []byte(`{"a":`), 0o600) },
		"not UTF-8": func(path string) error { return os.WriteFile(path, []byte("{\"a\":\"caf\xe9\"}"), 0o600) },
		"gone":      os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, s.dir)
			old := time.Now().Add(-time.Hour)
			setTime(t, folder, old)
			s.want(200, "GET", "/datasets/~d", "") // the folder has been read
			if err := breakIt(filepath.Join(folder, "000000290.json")); err != nil {
				t.Fatal(err)
			}
			if name == "gone" { // not yet noticed, as when it goes while the items are read
				setTime(t, folder, old)
			}
			if got := s.do("GET", "/datasets/~d/items", ""); got.status != 200 || got.err == nil {
				t.Errorf("status %d and %d bytes without an error", got.status, len(got.body))
			}
			if name == "gone" { // before anything was sent, it is time to look at the folder again
				got := s.want(200, "GET", "/datasets/~d/items?offset=280", "")
				if got.header.Get("X-Apify-Pagination-Total") != "299" || got.header.Get("X-Apify-Pagination-Count") != "19" {
					t.Errorf("headers %v", got.header)
				}
				return
			}
			got := s.want(500, "GET", "/datasets/~d/items?offset=280", "")
			if got.errorType(t) != "internal-server-error" || !strings.Contains(got.body, "000000290.json") {
				t.Error(got.body)
			}
			if got.header.Get("X-Apify-Pagination-Total") != "" {
				t.Errorf("an error with headers %v", got.header)
			}
		})
	}
}

func TestMetadataIsKept(t *testing.T) {
	for style, text := range map[string]string{
		"JavaScript": "{\n\t\"id\": \"8e10d657-67e8-4e33-baf2-05a52d7137ca\",\n\t\"accessedAt\": \"2020-01-01T00:00:00.000Z\",\n\t\"createdAt\": \"2020-01-01T00:00:00.000Z\",\n\t\"itemCount\": 1,\n\t\"modifiedAt\": \"2020-01-01T00:00:00.000Z\",\n\t\"name\": \"d\"\n}",
		"Python":     "{\n  \"id\": \"aBcDeFgHiJkLmN012\",\n  \"name\": \"d\",\n  \"accessed_at\": \"2020-01-01 00:00:00.123456+00:00\",\n  \"created_at\": \"2020-01-01 00:00:00.123456+00:00\",\n  \"modified_at\": \"2020-01-01 00:00:00.123456+00:00\",\n  \"item_count\": 1\n}",
	} {
		t.Run(style, func(t *testing.T) {
			s := newSite(t, t.TempDir())
			path := filepath.Join(s.dir, "datasets", "d", directory.MetadataFile)
			writeFile(t, path, text)
			writeFile(t, filepath.Join(s.dir, "datasets", "d", "000000001.json"), "{}")
			before := s.want(200, "GET", "/datasets/~d", "").data(t)
			s.want(201, "POST", "/datasets/~d/items", numbersFrom(0, 2))
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer(`Count": 1`, `Count": 3`, `_count": 1`, `_count": 3`).Replace(text)
			if len(after) != len(want) || strings.Count(string(after), "2020-01-01") != 1 || !strings.Contains(string(after), "ount\": 3") {
				t.Errorf("got %s", after)
			}
			renamed := s.want(200, "PUT", "/datasets/~d", `{"name":"e"}`).data(t)
			if renamed["id"] != before["id"] || renamed["createdAt"] != before["createdAt"] {
				t.Errorf("before %v, after %v", before, renamed)
			}
			after, err = os.ReadFile(filepath.Join(s.dir, "datasets", "e", directory.MetadataFile))
			if err != nil || !strings.Contains(string(after), `"name": "e"`) {
				t.Errorf("%s, %v", after, err)
			}
			unnamed := s.want(200, "PUT", "/datasets/~e", `{"name":null}`).data(t)
			id, _ := unnamed["id"].(string)
			after, err = os.ReadFile(filepath.Join(s.dir, "datasets", id, directory.MetadataFile))
			if err != nil || unnamed["name"] != nil || !strings.Contains(string(after), `"id": "`+id+`"`) || strings.Contains(string(after), `"e"`) {
				t.Errorf("%s, %v", after, err)
			}
			if !json.Valid(after) {
				t.Errorf("no JSON: %s", after)
			}
		})
	}
}

// Items that are more than a batch holds in memory come whole and in order.
func TestLargeItems(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=d", "")
	var want []string
	for i := range 14 {
		want = append(want, fmt.Sprintf(`{"n":%d,"a":%q}`, i, strings.Repeat("x", 500_000)))
	}
	s.want(201, "POST", "/datasets/~d/items", "["+strings.Join(want, ",")+"]")
	if got := s.want(200, "GET", "/datasets/~d/items", "").body; got != "["+strings.Join(want, ",")+"]" {
		t.Errorf("%d bytes that are not the items", len(got))
	}
}

// An answer that is cut off is told, since the client sees no more than that.
func TestCutIsTold(t *testing.T) {
	dir := t.TempDir()
	for n := range int64(300) {
		writeFile(t, filepath.Join(dir, "datasets", "d", itemName(n+1)), `{"a":"`+strings.Repeat("x", 10_000)+`"}`)
	}
	writeFile(t, filepath.Join(dir, "datasets", "d", itemName(300)), `{"a":`)
	s, told := newLoggedSite(t, dir)
	if got := s.do("GET", "/datasets/~d/items", ""); got.err == nil {
		t.Errorf("%d bytes without an error", len(got.body))
	}
	if !strings.Contains(told.String(), "items cut off") || !strings.Contains(told.String(), itemName(300)) {
		t.Errorf("told %q", told)
	}
}

// The size of a dataset of many items is estimated from some all over it.
func TestEstimatedBytes(t *testing.T) {
	s := newSite(t, t.TempDir())
	for n := range int64(400) {
		writeFile(t, filepath.Join(s.dir, "datasets", "d", itemName(n+1)), `{"a":"`+strings.Repeat("x", int(n))+`"}`)
	}
	stats, _ := s.want(200, "GET", "/datasets/~d", "").data(t)["stats"].(map[string]any)
	if size, _ := stats["storageBytes"].(float64); size < 75_000 || size > 90_000 {
		t.Errorf("%v, want about 400*(8+199.5) bytes", stats)
	}
}

// The formats besides JSON are those of an export.
func TestItemsAsFiles(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=shop", "")
	s.want(201, "POST", "/datasets/~shop/items", `[{"b":1.0,"a":{"x":"é, \"q\""}},{"a":{"y":[true]},"#h":1}]`)
	for query, want := range map[string]string{
		"format=csv": "\ufeff\"#h\",\"a/x\",\"a/y/0\",\"b\"\r\n\"\",\"é, \"\"q\"\"\",\"\",\"1.0\"\r\n\"1\",\"\",\"true\",\"\"\r\n",
		"format=csv&bom=0&delimiter=%3B&clean=1&fields=b,a": "\"b\";\"a/x\";\"a/y/0\"\r\n\"1.0\";\"é, \"\"q\"\"\";\"\"\r\n\"\";\"\";\"true\"\r\n",
		"format=csv&bom=0&skipHeaderRow=1&fields=b&limit=1": "\"1.0\"\r\n",
		"format=xml&xmlRoot=shop&xmlRow=p&offset=1":         xmlHead + "<shop>\n<p><a><y>true</y></a><_x0023_h>1</_x0023_h></p>\n</shop>\n",
		"format=xml&offset=2&bom=1":                         "\ufeff" + xmlHead + "<items>\n</items>\n",
	} {
		got := s.want(200, "GET", "/datasets/~shop/items?"+query, "")
		if got.body != want {
			t.Errorf("%s: %q, want %q", query, got.body, want)
		}
	}
	for format, mediaType := range map[string]string{
		"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "rss": "application/rss+xml; charset=utf-8", "xml": "application/xml; charset=utf-8",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	} {
		got := s.want(200, "GET", "/datasets/~shop/items?attachment=1&format="+format, "")
		if got.header.Get("Content-Type") != mediaType || !strings.HasSuffix(got.header.Get("Content-Disposition"), "."+format+`"`) || got.body == "" {
			t.Errorf("%s: %v", format, got.header)
		}
	}
	id, _ := s.want(200, "GET", "/datasets/~shop", "").data(t)["id"].(string)
	for query, want := range map[string][]string{
		"":                                    {"<title>Dataset shop</title>", `<description>Items in dataset with id "` + id + `".</description>`},
		"&feedTitle=News&feedDescription=All": {"<title>News</title>", "<description>All</description>"},
	} {
		got := s.want(200, "GET", "/datasets/~shop/items?format=rss"+query, "").body
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("rss%s lacks %s: %s", query, part, got)
			}
		}
	}
	for _, query := range []string{"format=xml&xmlRoot=a+b", "format=csv&delimiter=xx", "format=csv&bom=2"} {
		if got := s.want(400, "GET", "/datasets/~shop/items?"+query, ""); got.errorType(t) != "invalid-value" {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}

const xmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
