package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestParseRef(t *testing.T) {
	const uuid = "0b9d7e0a-6c4e-4b0e-9d0c-1f2e3d4c5b6a"
	for text, want := range map[string][]string{
		testID:     {"/datasets/" + testID, "/datasets/~" + testID},
		"products": {"/datasets/~products"},
		strings.Join([]string{"", "products", ""}, " "): {"/datasets/~products"},
		"~products":         {"/datasets/~products"},
		"~" + testID:        {"/datasets/~" + testID},
		"jane.doe~products": {"/datasets/jane.doe~products"},
		"jane.doe/products": {"/datasets/jane.doe~products"},
		uuid:                {"/datasets/~" + uuid},
		"my_data.v2":        {"/datasets/~my_data.v2"},
		"https://console.apify.com/storage/datasets/" + testID:                                                    {"/datasets/" + testID, "/datasets/~" + testID},
		"console.apify.com/storage/datasets/" + testID:                                                            {"/datasets/" + testID, "/datasets/~" + testID},
		"https://console.apify.com/organization/abc/storage/datasets/" + testID + "/items?x=1#top":                {"/datasets/" + testID, "/datasets/~" + testID},
		"https://api.apify.com/v2/datasets/jane~products/items?format=csv&token=hush":                             {"/datasets/jane~products"},
		"https://api.apify.com/v2/datasets/jane%7Eproducts":                                                       {"/datasets/jane~products"},
		"http://localhost:8080/prefix/v2/datasets/~products/":                                                     {"/datasets/~products"},
		"https://api.apify.com/v2/actor-runs/Run12345678901234/dataset/items?signature=hush":                      {"/actor-runs/Run12345678901234/dataset"},
		"https://api.apify.com/v2/acts/jane~crawler/runs/last/dataset/items":                                      {"/acts/jane~crawler/runs/last/dataset"},
		"https://api.apify.com/v2/acts/crawlerID/runs/Run12345678901234/dataset":                                  {"/actor-runs/Run12345678901234/dataset"},
		"https://api.apify.com/v2/actor-tasks/jane~task/runs/last/dataset?status=SUCCEEDED&token=hush&signature=": {"/actor-tasks/jane~task/runs/last/dataset"},
	} {
		ref, err := ParseRef(KindDataset, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !slices.Equal(ref.paths, want) {
			t.Errorf("%s: %v, want %v", text, ref.paths, want)
		}
		if strings.Contains(ref.String()+ref.query.Encode(), "hush") {
			t.Errorf("%s: kept a secret: %s %v", text, ref, ref.query)
		}
		if strings.Contains(text, "status=") && ref.query.Encode() != "status=SUCCEEDED" {
			t.Errorf("%s: query is %v", text, ref.query)
		}
	}
}

func TestParseRefRefuses(t *testing.T) {
	for text, reason := range map[string]string{
		"": "it is empty", " \t": "it is empty",
		"..": "dots alone", ".": "dots alone", "~..": "dots alone", "../..": "dots alone", "jane~": "a name or an ID is missing", "~": "missing",
		"/products": "starts with a slash", "a/b/c": "more than one", "a~b~c": "more than one", "a b": "only letters",
		"a%2Fb": "only letters", "né": "only letters", "a?token=hush": "only letters", "x\x00": "only letters",
		strings.Repeat("x", 201): "longer than 200",
		"https://console.apify.com/storage/key-value-stores/" + testID:           "it is the URL of a key-value store",
		"https://api.apify.com/v2/actor-runs/abc/request-queue":                  "it is the URL of a request queue",
		"https://api.apify.com/v2/actor-runs/../dataset":                         "dots alone",
		"https://api.apify.com/v2/actor-runs/a~b/dataset":                        "only letters",
		"https://api.apify.com/v2/datasets":                                      "not the URL of a storage",
		"https://api.apify.com/v2/dataset/abc":                                   "not the URL of a storage",
		"https://api.apify.com/v2":                                               "not the URL of a storage",
		"https://api.apify.com/v2/acts/a~b/runs/last":                            "not the URL of a storage",
		"https://example.com/?token=hush":                                        "not the URL of a storage",
		"https://api.apify.com/v2/datasets/%2e%2e":                               "dots alone",
		"https://api.apify.com/v2/datasets/a%2Fb":                                "a slash where",
		"https://api.apify.com/v2/datasets/a%ZZ?token=hush":                      "cannot be read as a URL",
		"https://jane:hush@[api.apify.com/v2/datasets/abc?token=hush&signature=": "cannot be read as a URL",
		"ftp://api.apify.com/v2/datasets/abc":                                    "cannot be read as a URL",
	} {
		_, err := ParseRef(KindDataset, text)
		var refErr *RefError
		if !errors.As(err, &refErr) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v, want %q", text, err, reason)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: the error holds a secret: %v", text, err)
		}
	}
}

func TestLocalRefs(t *testing.T) {
	for text, path := range map[string]string{
		"Über 2024":              "/datasets/~%C3%9Cber%202024",
		"~Über 2024":             "/datasets/~%C3%9Cber%202024",
		"a~b~c":                  "/datasets/~a~b~c",
		"50%":                    "/datasets/~50%25",
		"products":               "/datasets/~products",
		strings.Repeat("x", 201): "/datasets/~" + strings.Repeat("x", 201),
	} {
		ref, err := ParseLocalRef(KindDataset, text)
		if err != nil || ref.paths[0] != path {
			t.Errorf("%q is %v, %v", text, ref.paths, err)
		}
	}
	for _, text := range []string{"", ".", "..", "~..", "/products", "a/b c", "a/b/c", "../..", "ftp://a b", strings.Repeat("x", 256)} {
		if ref, err := ParseLocalRef(KindDataset, text); err == nil {
			t.Errorf("%q is %v", text, ref.paths)
		}
	}
}

func TestRunRefs(t *testing.T) {
	ref, err := RunRef(KindKeyValueStore, "Run12345678901234")
	if err != nil || ref.paths[0] != "/actor-runs/Run12345678901234/key-value-store" {
		t.Errorf("%v, %v", ref.paths, err)
	}
	for actor, want := range map[string]string{
		"jane/crawler": "/acts/jane~crawler/runs/last/request-queue",
		"jane~crawler": "/acts/jane~crawler/runs/last/request-queue",
		testID:         "/acts/" + testID + "/runs/last/request-queue",
	} {
		ref, err := LastRunRef(KindRequestQueue, actor)
		if err != nil || ref.paths[0] != want {
			t.Errorf("%s: %v, %v", actor, ref.paths, err)
		}
	}
	for _, text := range []string{"", "..", "a/b/c", "a b", "https://example.com"} {
		if _, err := RunRef(KindDataset, text); err == nil {
			t.Errorf("run %q: no error", text)
		}
		if _, err := LastRunRef(KindDataset, text); err == nil {
			t.Errorf("last run of %q: no error", text)
		}
	}
}

func TestIDOrName(t *testing.T) {
	for name, test := range map[string]struct {
		answers map[string]int // path to status; 200 for the dataset
		want    []string
		status  int
	}{
		"an ID":       {map[string]int{testID: 200}, []string{testID, testID}, 0},
		"a name":      {map[string]int{testID: 404, "~" + testID: 200}, []string{testID, "~" + testID, "~" + testID}, 0},
		"neither":     {map[string]int{testID: 404, "~" + testID: 404}, []string{testID, "~" + testID, testID, "~" + testID}, 404},
		"no token":    {map[string]int{testID: 404, "~" + testID: 401}, []string{testID, "~" + testID, testID, "~" + testID}, 404},
		"not allowed": {map[string]int{testID: 403}, []string{testID, testID}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				id := strings.TrimPrefix(r.URL.Path, "/v2/datasets/")
				asked = append(asked, id)
				if status := test.answers[id]; status != 200 {
					writeError(w, status, "some-error")
					return
				}
				goodDataset(w, r)
			})
			client, ref := newTestClient(t, server), mustRef(t, testID)
			for range 2 {
				_, err := client.Datasets().Get(t.Context(), ref)
				if (err != nil) != (test.status != 0) || err != nil && !hasStatus(err, test.status) {
					t.Errorf("error is %v, want status %d", err, test.status)
				}
			}
			if !slices.Equal(asked, test.want) {
				t.Errorf("asked for %v, want %v", asked, test.want)
			}
		})
	}
}

func TestRefOfAnotherKind(t *testing.T) {
	client, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []Ref{{}, mustRef(t, "products")} {
		_, err := client.KeyValueStores().Get(t.Context(), ref)
		if _, ok := errors.AsType[*RefError](err); !ok {
			t.Errorf("error is %v", err)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, seed := range []string{
		testID, "~name", "a/b", "a~b", "..", "../x", "https://console.apify.com/storage/datasets/" + testID,
		"https://api.apify.com/v2/acts/a~b/runs/last/dataset/items?token=t", "https://api.apify.com/v2/actor-runs/..%2f/dataset", "%2e%2e",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseRef(KindDataset, text)
		if err != nil {
			if _, ok := errors.AsType[*RefError](err); !ok {
				t.Errorf("error is a %T", err)
			}
			return
		}
		for _, path := range ref.paths {
			parts := strings.Split(path, "/")
			if n := len(parts); n != 3 && n != 4 && n != 6 || parts[0] != "" {
				t.Errorf("path %q of %q has %d parts", path, text, len(parts))
			}
			for _, part := range parts[1:] {
				if part == "" || part == "." || part == ".." || part == "~.." ||
					strings.ContainsFunc(part, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune("-_.~", r) }) {
					t.Errorf("path %q of %q has the part %q", path, text, part)
				}
			}
		}
	})
}

func TestValidName(t *testing.T) {
	for _, name := range []string{"a", "A1", "my-data", "a--b", strings.Repeat("x", 63)} {
		if err := ValidName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "-", "-a", "a-", "a_b", "a.b", "a b", "é", "a\n", strings.Repeat("x", 64)} {
		if _, ok := errors.AsType[*NameError](ValidName(name)); !ok {
			t.Errorf("%q: no *NameError", name)
		}
	}
}

func TestKinds(t *testing.T) {
	for kind, want := range map[Kind]string{
		KindDataset:       "datasets dataset dataset",
		KindKeyValueStore: "key-value-stores key-value-store key-value store",
		KindRequestQueue:  "request-queues request-queue request queue",
		Kind(7):           "",
	} {
		if want == "" {
			if kind.String() != "kind 7" {
				t.Errorf("got %s", kind)
			}
			continue
		}
		if got := kind.Path() + " " + kind.RunPath() + " " + kind.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Names may be as long as they may be, and no longer.
func TestLengthOfReferences(t *testing.T) {
	for length, fails := range map[int]bool{maxSegment: false, maxSegment + 1: true} {
		if _, err := ParseRef(KindDataset, "~"+strings.Repeat("a", length)); (err != nil) != fails {
			t.Errorf("a name of %d characters: %v", length, err)
		}
	}
	for length, fails := range map[int]bool{maxFolder: false, maxFolder + 1: true} {
		if _, err := ParseLocalRef(KindDataset, "~"+strings.Repeat("ü", length/2)+strings.Repeat("!", length%2)); (err != nil) != fails {
			t.Errorf("a folder of %d bytes: %v", length, err)
		}
	}
}

// What the second guess says counts where it says more than that there is none.
func TestWhichErrorOfTwoGuesses(t *testing.T) {
	for second, want := range map[int]int{400: 404, 403: 404, 404: 404, 428: 404, 429: 429, 501: 501} {
		client := newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "~") {
				writeError(w, second, "second")
				return
			}
			writeError(w, http.StatusNotFound, "record-not-found")
		}), func(o *Options) { o.MaxTries = 1 })
		_, err := client.Datasets().Get(t.Context(), mustRef(t, testID))
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != want {
			t.Errorf("404, then %d: %v, want %d", second, err, want)
		}
	}
}
