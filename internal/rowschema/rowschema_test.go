package rowschema

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/secret"
)

type facts struct {
	ID string `json:"id"`
}

func TestOf(t *testing.T) {
	for name, test := range map[string]struct {
		row  any
		want string
	}{
		"members in their order, what is left out when empty": {
			struct {
				facts
				Size   int64           `json:"size"`
				Name   *string         `json:"name"`
				Share  float64         `json:"share,omitempty"`
				Last   *int            `json:"last,omitempty"`
				Kinds  []string        `json:"kinds"`
				More   map[string]bool `json:"more,omitempty"`
				Item   json.RawMessage `json:"item"`
				At     time.Time       `json:"at"`
				Plain  bool
				Key    secret.Text `json:"key"`
				Raw    []byte      `json:"-"`
				hidden int
			}{},
			`{"type":"object","properties":{"id":{"type":"string"},"size":{"type":"integer"},"name":{"type":["string","null"]},` +
				`"share":{"type":"number"},"last":{"type":"integer"},"kinds":{"type":["array","null"],"items":{"type":"string"}},` +
				`"more":{"type":"object","additionalProperties":{"type":"boolean"}},"item":{},"at":{"type":"string","format":"date-time"},` +
				`"Plain":{"type":"boolean"}},"required":["id","size","name","kinds","item","at","Plain"]}`,
		},
		"objects of the API": {
			FromAPI{struct {
				facts
				Stats struct {
					Reads int `json:"reads"`
				} `json:"stats"`
				All []facts `json:"all"`
			}{}, "id"},
			`{"type":"object","properties":{"id":{"type":["string","null"]},` +
				`"stats":{"type":["object","null"],"properties":{"reads":{"type":["integer","null"]}}},` +
				`"all":{"type":["array","null"],"items":{"type":["object","null"],"properties":{"id":{"type":["string","null"]}}}}},"required":["id"]}`,
		},
		"one of several": {Either{facts{}, AnyObject{}}, `{"anyOf":[{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]},{}]}`},
		"anything":       {AnyObject{}, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(Of(test.row))
			if err != nil || string(got) != test.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, test.want)
			}
		})
	}
}
