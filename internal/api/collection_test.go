package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestGetDecodes(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		writeData(w, `{ "id":"WkzbQMuFYuamGv3YF", "name":null, "big":12345678901234567890, "urlSigningSecretKey":"hush-1",
			"urlSigning\u0053ecretKey":"hush-2", "createdAt":"2024-01-02T03:04:05.678Z", "expireAt":"2024-02-01T00:00:00.000Z",
			"generalAccess":"RESTRICTED", "itemCount":7, "cleanItemCount":5, "actId":null, "stats":{"readCount":3, "inflatedBytes":99},
			"itemsPublicUrl":"https://example.com/items", "text":"a  b" }`)
	})
	d, err := newTestClient(t, server).Datasets().Get(t.Context(), mustRef(t, "~products"))
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != testID || d.Name != "" || d.ItemCount != 7 || d.CleanItemCount != 5 || d.Stats.ReadCount != 3 || d.Stats.InflatedBytes != 99 ||
		d.GeneralAccess != AccessRestricted || d.URLSigningSecretKey.Reveal() != "hush-2" || d.ExpireAt.Day() != 1 ||
		!d.CreatedAt.Equal(time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC)) {
		t.Errorf("got %+v", d)
	}
	const raw = `{"id":"WkzbQMuFYuamGv3YF","name":null,"big":12345678901234567890,"createdAt":"2024-01-02T03:04:05.678Z",` +
		`"expireAt":"2024-02-01T00:00:00.000Z","generalAccess":"RESTRICTED","itemCount":7,"cleanItemCount":5,"actId":null,` +
		`"stats":{"readCount":3,"inflatedBytes":99},"itemsPublicUrl":"https://example.com/items","text":"a  b"}`
	if string(d.Raw) != raw {
		t.Errorf("raw is %s", d.Raw)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", d.URLSigningSecretKey, "dataset", d)
	marshalled, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	s := d.URLSigningSecretKey
	formats := []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%T", "%5.2f"}
	for _, format := range formats {
		log.WriteString(fmt.Sprintf(format, s) + fmt.Sprintf(format, *d) + fmt.Sprintf(format, d))
	}
	if shown := log.String() + string(marshalled); strings.Contains(shown, "hush") || strings.Contains(shown, "687573682d") {
		t.Errorf("the secret is shown: %s", shown)
	}
}

func TestCreate(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v2/request-queues" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		switch r.URL.RawQuery {
		case "name=new", "":
			w.WriteHeader(http.StatusCreated)
		case "name=taken":
		default:
			t.Errorf("query is %q", r.URL.RawQuery)
		}
		writeData(w, fmt.Sprintf(`{"id":"abc","name":%q,"pendingRequestCount":4}`, r.FormValue("name")))
	})
	queues := newTestClient(t, server).RequestQueues()
	for name, want := range map[string]bool{"new": true, "": true, "taken": false} {
		q, created, err := queues.Create(t.Context(), name)
		if err != nil || created != want || q.ID != "abc" || q.PendingRequestCount != 4 {
			t.Errorf("%q: %+v, %v, %v", name, q, created, err)
		}
	}
}

func TestCreateAfterALostAnswer(t *testing.T) {
	for name, tries := range map[string]int32{"products": 2, "": 1} {
		server, asked := failing(t, 1, hangUp(""), goodDataset)
		_, _, err := newTestClient(t, server).Datasets().Create(t.Context(), name)
		if errors.Is(err, ErrOutcomeUnknown) != (name == "") || asked.Load() != tries {
			t.Errorf("%q: %d tries, %v", name, asked.Load(), err)
		}
	}
}

func TestUpdate(t *testing.T) {
	for want, u := range map[string]Update{
		`{"name":"new"}`: {Name: new("new")},
		`{"name":null}`:  {Name: new("")},
		`{"generalAccess":"ANYONE_WITH_ID_CAN_READ"}`: {GeneralAccess: AccessAnyoneWithID},
		`{"generalAccess":"RESTRICTED","name":"x"}`:   {Name: new("x"), GeneralAccess: AccessRestricted},
		`{}`: {ID: testID},
	} {
		id := cmp.Or(u.ID, "abc")
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method != http.MethodPut || string(body) != want {
				t.Errorf("got %s %s, want %s", r.Method, body, want)
			}
			prefer := ""
			if u.ID != "" {
				prefer = "id=" + u.ID
			}
			if got := r.Header.Get("Prefer"); got != prefer {
				t.Errorf("%s: Prefer %q, want %q", want, got, prefer)
			}
			writeData(w, strings.Replace(strings.Replace(want, "{", fmt.Sprintf(`{"id":%q,`, id), 1), ",}", "}", 1))
		})
		if _, err := newTestClient(t, server).Datasets().Update(t.Context(), mustRef(t, "~x"), u); err != nil {
			t.Error(err)
		}
	}
	client := newTestClient(t, newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") }))
	if _, err := client.Datasets().Update(t.Context(), mustRef(t, "~x"), Update{}); err == nil {
		t.Error("no error for nothing to change")
	}
}

// A rename that was carried out, but whose answer was lost, leaves a 404.
func TestRenameAfterALostAnswer(t *testing.T) {
	server, _ := failing(t, 1, hangUp(""), status(404))
	_, err := newTestClient(t, server).Datasets().Update(t.Context(), mustRef(t, "~old"), Update{Name: new("new")})
	if !errors.Is(err, ErrOutcomeUnknown) || !IsNotFound(err) {
		t.Errorf("error is %v", err)
	}
}

func TestDelete(t *testing.T) {
	noContent := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	for name, test := range map[string]struct {
		first, then http.HandlerFunc
		notFound    bool
	}{
		"done":                      {noContent, noContent, false},
		"not there":                 {status(404), status(404), true},
		"lost answer, then gone":    {hangUp(""), status(404), false},
		"500, then gone":            {status(500), status(404), false},
		"429, then not there":       {status(429), status(404), true},
		"lost answer, then deleted": {hangUp(""), noContent, false},
	} {
		server, _ := failing(t, 1, test.first, test.then)
		err := newTestClient(t, server).Datasets().Delete(t.Context(), mustRef(t, "~x"))
		if (err != nil) != test.notFound || IsNotFound(err) != test.notFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// listServer answers pages of numbered storages.
func listServer(t *testing.T, stored int, total func(page int) string, queries *[]string) *Client {
	pages := 0
	return newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
		*queries = append(*queries, r.URL.RawQuery)
		pages++
		offset, _ := strconv.Atoi(r.FormValue("offset"))
		limit, _ := strconv.Atoi(r.FormValue("limit"))
		var items []string
		for i := offset; i < min(offset+limit, stored); i++ {
			items = append(items, datasetJSON(fmt.Sprint("id", i), "x"))
		}
		writeData(w, fmt.Sprintf(`{"items":[%s]%s,"offset":%d,"limit":%d}`, strings.Join(items, ","), total(pages), offset, limit))
	}))
}

func TestList(t *testing.T) {
	exact := func(n int) func(int) string { return func(int) string { return fmt.Sprint(`,"total":`, n) } }
	for name, test := range map[string]struct {
		stored  int
		total   func(int) string
		options ListOptions
		from    int
		to      int
		queries []string
	}{
		"none":   {0, exact(0), ListOptions{}, 0, 0, []string{"limit=1000"}},
		"pages":  {2500, exact(2500), ListOptions{}, 0, 2500, []string{"limit=1000", "limit=1000&offset=1000", "limit=1000&offset=2000"}},
		"limit":  {2500, exact(2500), ListOptions{Offset: 10, Limit: 1200}, 10, 1210, []string{"limit=1000&offset=10", "limit=200&offset=1010"}},
		"flags":  {3, exact(3), ListOptions{Unnamed: true, Descending: true, Ownership: OwnershipOwned}, 0, 3, []string{"desc=1&limit=1000&ownership=ownedByMe&unnamed=1"}},
		"grows":  {2100, func(page int) string { return fmt.Sprint(`,"total":`, min(2100, 1000+page*600)) }, ListOptions{}, 0, 2100, []string{"limit=1000", "limit=1000&offset=1000", "limit=1000&offset=2000"}},
		"totals": {1500, func(int) string { return "" }, ListOptions{}, 0, 1500, []string{"limit=1000", "limit=1000&offset=1000", "limit=1000&offset=2000"}},
	} {
		t.Run(name, func(t *testing.T) {
			var queries []string
			next := test.from
			for d, err := range listServer(t, test.stored, test.total, &queries).Datasets().List(t.Context(), test.options) {
				if err != nil {
					t.Fatal(err)
				}
				if d.ID != fmt.Sprint("id", next) {
					t.Fatalf("got %s, want id%d", d.ID, next)
				}
				next++
			}
			if next != test.to || !slices.Equal(queries, test.queries) {
				t.Errorf("up to %d, want %d; queries %v", next, test.to, queries)
			}
		})
	}
}

func TestListWithoutItemsIsAnError(t *testing.T) {
	for _, data := range []string{`{}`, `[]`, `{"items":{}}`, `{"items":[1]}`} {
		server := newServer(t, func(w http.ResponseWriter, _ *http.Request) { writeData(w, data) })
		var last error
		for _, err := range newTestClient(t, server).Datasets().List(t.Context(), ListOptions{}) {
			last = err
		}
		if last == nil || !strings.HasPrefix(last.Error(), "unexpected answer: ") {
			t.Errorf("%s: %v", data, last)
		}
	}
}

func TestPagingStyles(t *testing.T) {
	for name, test := range map[string]struct {
		paging  paging
		answers []string
		queries []string
		limit   int64
		want    string
		fails   string
	}{
		"keys": {
			paging:  &keyPaging{},
			answers: []string{`{"items":[{"key":"a"},{"key":"b"}],"isTruncated":true,"nextExclusiveStartKey":"b"}`, `{"items":[],"isTruncated":true,"nextExclusiveStartKey":"c"}`, `{"items":[{"key":"d"}],"isTruncated":false,"nextExclusiveStartKey":null}`},
			queries: []string{"limit=2", "exclusiveStartKey=b&limit=2", "exclusiveStartKey=c&limit=2"},
			want:    `{"key":"a"}{"key":"b"}{"key":"d"}`,
		},
		"keys from the middle": {
			paging:  &keyPaging{after: "a b"},
			answers: []string{`{"items":[{"key":"c"}]}`},
			queries: []string{"exclusiveStartKey=a+b&limit=2"},
			want:    `{"key":"c"}`,
		},
		"keys that stand still": {
			paging:  &keyPaging{},
			answers: []string{`{"items":[{"key":"a"}],"isTruncated":true,"nextExclusiveStartKey":"a"}`, `{"items":[{"key":"b"}],"isTruncated":true,"nextExclusiveStartKey":"a"}`},
			queries: []string{"limit=2", "exclusiveStartKey=a&limit=2"},
			want:    `{"key":"a"}{"key":"b"}`, fails: "the one that just came",
		},
		"keys that lead nowhere": {
			paging:  &keyPaging{},
			answers: []string{`{"items":[{"key":"a"}],"isTruncated":true}`},
			queries: []string{"limit=2"},
			want:    `{"key":"a"}`, fails: "not where",
		},
		"cursor": {
			paging:  &cursorPaging{},
			answers: []string{`{"items":[1,2],"nextCursor":"x="}`, `{"items":[3]}`},
			queries: []string{"limit=2", "cursor=x%3D&limit=2"},
			want:    `123`,
		},
		"cursor with a limit": {
			paging:  &cursorPaging{},
			answers: []string{`{"items":[1,2],"nextCursor":"x"}`, `{"items":[3],"nextCursor":"y"}`},
			queries: []string{"limit=2", "cursor=x&limit=1"},
			limit:   3,
			want:    `123`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			var queries []string
			client := newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
				queries = append(queries, r.URL.RawQuery)
				writeData(w, test.answers[asked.Add(1)-1])
			}))
			list := listing{paging: test.paging, page: 2, limit: test.limit, fetch: func(ctx context.Context, position paging, limit int64) (page, error) {
				return client.page(ctx, request{method: http.MethodGet, path: "/x"}, position, limit)
			}}
			for range 2 { // a second run starts over
				asked.Store(0)
				queries = nil
				got, failure := "", error(nil)
				for item, err := range entries(t.Context(), list, asItCame) {
					got += string(item)
					failure = err
				}
				if (failure != nil) != (test.fails != "") || failure != nil && !strings.Contains(failure.Error(), test.fails) {
					t.Errorf("error is %v", failure)
				}
				if got != test.want || !slices.Equal(queries, test.queries) {
					t.Errorf("got %s by %v", got, queries)
				}
			}
		})
	}
}

func TestPagesOfAnyList(t *testing.T) {
	for name, test := range map[string]struct {
		query   string
		answers []string
		queries []string
		want    string
	}{
		"one that counts": {
			query:   "limit=2",
			answers: []string{`{"items":[1,2],"total":3,"offset":0,"limit":2}`, `{"items":[3],"total":3,"offset":2,"limit":2}`},
			queries: []string{"limit=2", "limit=2&offset=2"},
			want:    "[1 2][3]",
		},
		"one that counts, from the middle": {
			query:   "offset=1",
			answers: []string{`{"items":[2],"total":3,"offset":1,"limit":1}`, `{"items":[3],"total":3,"offset":2,"limit":1}`},
			queries: []string{"offset=1", "offset=2"},
			want:    "[2][3]",
		},
		"keys": {
			answers: []string{`{"items":[{"key":"a"}],"exclusiveStartKey":"","isTruncated":true,"nextExclusiveStartKey":"a"}`, `{"items":[{"key":"b"}],"isTruncated":false}`},
			queries: []string{"", "exclusiveStartKey=a"},
			want:    `[{"key":"a"}][{"key":"b"}]`,
		},
		"a cursor": {
			query:   "filter=pending",
			answers: []string{`{"items":[1],"limit":1,"nextCursor":"x"}`, `{"items":[2],"limit":1,"nextCursor":null}`},
			queries: []string{"filter=pending", "cursor=x&filter=pending"},
			want:    "[1][2]",
		},
		"nothing that says that it goes on": {
			answers: []string{`{"items":[1,2]}`},
			queries: []string{""},
			want:    "[1 2]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var queries []string
			client := newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
				queries = append(queries, r.URL.RawQuery)
				writeData(w, test.answers[len(queries)-1])
			}))
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for items, err := range client.RawPages(t.Context(), RawRequest{Method: http.MethodGet, Path: "/x", Query: query}) {
				if err != nil {
					t.Fatal(err)
				}
				got += fmt.Sprintf("%s", items)
			}
			if got != test.want || !slices.Equal(queries, test.queries) {
				t.Errorf("got %s by %q, want %s by %q", got, queries, test.want, test.queries)
			}
		})
	}
}

// An answer to a change is held against what was asked for.
func TestChangesAreChecked(t *testing.T) {
	for _, test := range []struct {
		name   string
		update Update
		got    Storage
		wrong  bool
	}{
		{"nothing asked for", Update{}, Storage{Name: "a", GeneralAccess: "RESTRICTED"}, false},
		{"name", Update{Name: new("Shop")}, Storage{Name: "shop"}, false},
		{"another name", Update{Name: new("shop")}, Storage{Name: "other"}, true},
		{"name taken away", Update{Name: new("")}, Storage{}, false},
		{"name not taken away", Update{Name: new("")}, Storage{Name: "shop"}, true},
		{"access", Update{GeneralAccess: "RESTRICTED"}, Storage{GeneralAccess: "RESTRICTED"}, false},
		{"another access", Update{GeneralAccess: "RESTRICTED"}, Storage{GeneralAccess: "ANYONE_WITH_ID_CAN_READ"}, true},
		{"ID", Update{ID: testID}, Storage{ID: testID}, false},
		{"another ID", Update{ID: testID}, Storage{ID: "x"}, true},
	} {
		if err := test.update.check(&test.got); (err != nil) != test.wrong {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestEntriesOfKeys(t *testing.T) {
	key, err := readKey([]byte(`{"key":"a","size":3}`))
	if err != nil || key.Key != "a" || key.Size != 3 || len(key.Raw) == 0 {
		t.Errorf("%+v, %v", key, err)
	}
	for _, text := range []string{`{"size":3}`, `{"key":""}`, `{"key":1}`, `[]`} {
		if key, err := readKey([]byte(text)); err == nil {
			t.Errorf("%s became %+v", text, key)
		}
	}
}
