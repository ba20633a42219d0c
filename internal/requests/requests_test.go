package requests

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestState(t *testing.T) {
	for name, test := range map[string]struct{ request, want string }{
		"new":                                     {`{}`, "pending"},
		"locked":                                  {`{"lockExpiresAt":"2026-01-01T00:00:00Z"}`, "locked"},
		"handled":                                 {`{"handledAt":"2026-01-01T00:00:00Z"}`, "handled"},
		"handled while a lock is left":            {`{"handledAt":"2026-01-01T00:00:00Z","lockExpiresAt":"2026-01-01T00:00:00Z"}`, "handled"},
		"given up, by its errors alone":           {`{"handledAt":"2026-01-01T00:00:00Z","errorMessages":["timeout"]}`, "failed"},
		"errors, but not handled yet":             {`{"errorMessages":["timeout"]}`, "pending"},
		"given up, as Crawlee notes it":           {`{"handledAt":"2026-01-01T00:00:00Z","userData":{"__crawlee":{"state":6}}}`, "failed"},
		"its handler of failures failed":          {`{"handledAt":"2026-01-01T00:00:00Z","userData":{"__crawlee":{"state":5}}}`, "failed"},
		"succeeded after errors, as Crawlee says": {`{"handledAt":"2026-01-01T00:00:00Z","errorMessages":["timeout"],"userData":{"__crawlee":{"state":4}}}`, "handled"},
		"user data of another shape":              {`{"handledAt":"2026-01-01T00:00:00Z","userData":[1]}`, "handled"},
	} {
		t.Run(name, func(t *testing.T) {
			var r Request
			if err := json.Unmarshal([]byte(test.request), &r); err != nil {
				t.Fatal(err)
			}
			if got := r.State(); got != test.want {
				t.Errorf("state of %s is %q, want %q", test.request, got, test.want)
			}
		})
	}
}

func TestSelection(t *testing.T) {
	for name, test := range map[string]struct {
		selection Selection
		request   Request
		want      bool
	}{
		"all":                          {Selection{}, Request{URL: "https://a.test/"}, true},
		"a pattern across slashes":     {Selection{URL: "https://a.test/*"}, Request{URL: "https://a.test/b/c"}, true},
		"a pattern of another host":    {Selection{URL: "https://a.test/*"}, Request{URL: "https://b.test/b"}, false},
		"one character":                {Selection{URL: "https://a.test/?"}, Request{URL: "https://a.test/bc"}, false},
		"handled":                      {Selection{Filter: "handled"}, Request{HandledAt: "2026-01-01T00:00:00Z"}, true},
		"pending, but locked":          {Selection{Filter: "pending"}, Request{LockExpiresAt: "2026-01-01T00:00:00Z"}, false},
		"failed ones are handled, too": {Selection{Filter: "handled"}, Request{HandledAt: "2026-01-01T00:00:00Z", ErrorMessages: []string{"x"}}, true},
		"failed, of another URL":       {Selection{Filter: "failed", URL: "https://a.test/*"}, Request{URL: "https://b.test/", HandledAt: "2026-01-01T00:00:00Z", ErrorMessages: []string{"x"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.selection.takes(&test.request); got != test.want {
				t.Errorf("%+v takes %+v: %v, want %v", test.selection, test.request, got, test.want)
			}
		})
	}
	for name, broken := range map[string]Selection{"a pattern": {URL: "[a"}, "a state": {Filter: "done"}} {
		t.Run("unknown "+name, func(t *testing.T) {
			if err := broken.Check(); err == nil {
				t.Errorf("%+v is taken", broken)
			}
		})
	}
}

func TestPending(t *testing.T) {
	for name, test := range map[string]struct {
		request    string
		keepErrors bool
		want       string
	}{
		"starts anew":              {`{"id":"a","handledAt":"x","lockExpiresAt":"y","lockByClient":"z","retryCount":3,"errorMessages":["e"]}`, false, `{"id":"a","retryCount":0,"errorMessages":[]}`},
		"keeps its errors":         {`{"handledAt":"x","id":"a","retryCount":3,"errorMessages":["e"]}`, true, `{"id":"a","retryCount":3,"errorMessages":["e"]}`},
		"numbers stay as written":  {`{"id":"a","userData":{"n":1.0},"big":12345678901234567890}`, false, `{"id":"a","userData":{"n":1.0},"big":12345678901234567890}`},
		"forgets Crawlee's state":  {`{"userData":{"__crawlee":{"state":6,"sessionRotationCount":2,"maxRetries":4},"n":1.0}}`, false, `{"userData":{"__crawlee":{"maxRetries":4},"n":1.0}}`},
		"user data of other types": {`{"userData":"text"}`, false, `{"userData":"text"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pending(json.RawMessage(test.request), test.keepErrors)
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
	if _, err := pending(json.RawMessage(`{"id":"a"`), false); err == nil {
		t.Error("a request that is cut off is taken")
	}
}

func TestDefaults(t *testing.T) {
	const address = `"url":"https://A.test/x?utm_source=y#top"`
	for name, test := range map[string]struct {
		defaults  Defaults
		row, want string
		fails     string
	}{
		"nothing said":             {row: `{` + address + `}`, want: `{"method":"GET","uniqueKey":"https://a.test/x",` + address + `}`},
		"a method":                 {defaults: Defaults{Method: "post"}, row: `{` + address + `}`, want: `{"method":"POST","uniqueKey":"https://a.test/x",` + address + `}`},
		"its own method stays":     {defaults: Defaults{Method: "post"}, row: `{"method":"PUT","uniqueKey":"k",` + address + `}`, want: `{"method":"PUT","uniqueKey":"k",` + address + `}`},
		"its own label stays":      {defaults: Defaults{Label: "LIST"}, row: `{"uniqueKey":"k","url":"u","userData":{"label":"DETAIL","n":1.0}}`, want: `{"method":"GET","uniqueKey":"k","url":"u","userData":{"label":"DETAIL","n":1.0}}`},
		"a label beside user data": {defaults: Defaults{Label: "LIST"}, row: `{"uniqueKey":"k","url":"u","userData":{"n":1.0}}`, want: `{"method":"GET","uniqueKey":"k","url":"u","userData":{"label":"LIST","n":1.0}}`},
		"headers":                  {defaults: Defaults{Headers: map[string]string{"A": "1", "B": "2"}}, row: `{"uniqueKey":"k","url":"u","headers":{"B":"3"}}`, want: `{"headers":{"A":"1","B":"3"},"method":"GET","uniqueKey":"k","url":"u"}`},
		"an ID follows from a key": {row: `{"id":"x","uniqueKey":"k","url":"u"}`, want: `{"method":"GET","uniqueKey":"k","url":"u"}`},
		"no URL":                   {row: `{"uniqueKey":"k"}`, fails: "no url"},
		"a URL that is a number":   {row: `{"url":1}`, fails: "url is not a string"},
		"a flag that is a text":    {row: `{"url":"u","keepUrlFragment":"yes"}`, fails: "neither true nor false"},
		"a label, data of no kind": {defaults: Defaults{Label: "LIST"}, row: `{"url":"u","userData":[]}`, fails: "userData"},
		"no object":                {row: `[]`, fails: "array"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.defaults.request(json.RawMessage(test.row))
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("%s, error %v; want one about %q", got, err, test.fails)
				}
				return
			}
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}
