package local

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apifyctl/apifyctl/internal/local/dataset"
)

const productSchema = `{"schema":{"actorSpecification":1,"fields":{"type":"object","required":["name"],"additionalProperties":false,
	"properties":{"name":{"type":"string"},"price":{"type":["number","null"]},"tags":{"type":"array","items":{"type":"string"}},"more":{"type":"object"}}},
	"views":{"prices":{"transformation":{"fields":["price","name"],"desc":true,"limit":2}},"tags":{"transformation":{"unwind":["tags"],"omit":["more"]}}}}}`

func TestSchemaValidation(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=p", productSchema)
	s.want(201, "POST", "/datasets/~p/items", `[{"name":"a","price":null},{"name":"b","tags":["x"]}]`)
	got := s.want(400, "POST", "/datasets/~p/items", `[{"name":"ok"},{"price":"1","tags":["x",2]},{"name":"c","color":"red"}]`)
	var envelope struct {
		Error struct {
			Type, Message string
			Data          dataset.InvalidItems
		}
	}
	if err := json.Unmarshal([]byte(got.body), &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope.Error.Type != "schema-validation-error" || envelope.Error.Message != "Schema validation failed" {
		t.Errorf("%s", got.body)
	}
	found := map[string]string{}
	for _, item := range envelope.Error.Data.InvalidItems {
		for _, e := range item.ValidationErrors {
			found[fmt.Sprint(item.ItemPosition, e.InstancePath, " ", e.SchemaPath)] = e.Keyword + ": " + e.Message
		}
	}
	want := map[string]string{
		"1/1 /items/required":                          "required: must have required property 'name'",
		"1/1/price /items/properties/price/type":       "type: must be null,number",
		"1/1/tags/1 /items/properties/tags/items/type": "type: must be string",
		"2/2 /items/additionalProperties":              "additionalProperties: must NOT have additional properties",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	if after := s.want(200, "GET", "/datasets/~p/items", ""); after.header.Get("X-Apify-Pagination-Total") != "2" {
		t.Errorf("something was stored: %s", after.body)
	}
}

func TestInvalidSchemas(t *testing.T) {
	s := newSite(t, t.TempDir())
	for _, fields := range []string{`{"type":"nonsense"}`, `{"$ref":"file:///etc/passwd"}`, `{"$ref":"http://127.0.0.1:1/x"}`, `7`} {
		got := s.want(400, "POST", "/datasets?name=x", `{"schema":{"fields":`+fields+`}}`)
		if got.errorType(t) != "dataset-schema-invalid" {
			t.Errorf("%s: %s", fields, got.body)
		}
	}
	s.want(404, "GET", "/datasets/~x", "")
}

func TestViews(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=p", productSchema)
	s.want(201, "POST", "/datasets/~p/items", `[{"name":"a","price":1},{"name":"b","price":2,"more":{}},{"name":"c","price":3,"tags":["x","y"]}]`)
	for query, want := range map[string]string{
		"view=prices":             `[{"price":3,"name":"c"},{"price":2,"name":"b"}]`,
		"view=prices&fields=name": `[{"name":"c"},{"name":"b"}]`,
		"view=prices&limit=1":     `[{"price":3,"name":"c"}]`,
		"view=prices&limit=9":     `[{"price":3,"name":"c"},{"price":2,"name":"b"}]`,
		"view=prices&offset=1":    `[{"price":2,"name":"b"}]`,
		"view=tags":               `[{"name":"a","price":1},{"name":"b","price":2},{"name":"c","price":3,"tags":"x"},{"name":"c","price":3,"tags":"y"}]`,
	} {
		if got := s.want(200, "GET", "/datasets/~p/items?"+query, ""); got.body != want {
			t.Errorf("%s: %s, want %s", query, got.body, want)
		}
	}
	if got := s.want(400, "GET", "/datasets/~p/items?view=none", ""); got.errorType(t) != "invalid-value" {
		t.Errorf("%s", got.body)
	}
}

func TestStatistics(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=plain", "")
	if got := s.want(200, "GET", "/datasets/~plain/statistics", "").data(t); fmt.Sprint(got) != "map[fieldStatistics:<nil>]" {
		t.Errorf("%v", got)
	}
	s.want(404, "GET", "/datasets/~none/statistics", "")
	s.want(201, "POST", "/datasets?name=p", productSchema)
	s.want(201, "POST", "/datasets/~p/items", `[{"name":"four","price":null},{"name":"","price":-2.5,"tags":["x"]},{"name":"𝄞","price":7,"more":{"a":1,"b":2}}]`)
	got := s.want(200, "GET", "/datasets/~p/statistics", "").data(t)["fieldStatistics"]
	want := map[string]any{
		"name":  map[string]any{"min": 0.0, "max": 4.0, "nullCount": 0.0, "emptyCount": 0.0},
		"price": map[string]any{"min": -2.5, "max": 7.0, "nullCount": 1.0, "emptyCount": 0.0},
		"tags":  map[string]any{"min": 1.0, "max": 1.0, "nullCount": 0.0, "emptyCount": 2.0},
		"more":  map[string]any{"min": 2.0, "max": 2.0, "nullCount": 0.0, "emptyCount": 2.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
