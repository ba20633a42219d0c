package dataset

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/apifyctl/apifyctl/internal/jsonschema"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// datasetSchema is what is used of a dataset's schema: `fields`, a JSON schema
// of one item, and `views`, selections of items by name.
type datasetSchema struct {
	Fields json.RawMessage       `json:"fields"`
	Views  map[string]schemaView `json:"views"`
	items  *jsonschema.Schema    // nil: everything is valid
}

// readSchema reads a dataset's schema; an empty text is an empty schema.
func readSchema(text []byte) (*datasetSchema, error) {
	var s datasetSchema
	if len(text) == 0 {
		return &s, nil
	}
	invalid := func(err error) error {
		return wire.NewError(http.StatusBadRequest, "dataset-schema-invalid", "The dataset's schema is not valid: "+err.Error())
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, invalid(err)
	}
	if len(s.Fields) == 0 || string(s.Fields) == "null" {
		return &s, nil
	}
	var err error
	if s.items, err = jsonschema.Compile(s.Fields); err != nil {
		return nil, invalid(err)
	}
	return &s, nil
}

// schemaOf reads the schema of a dataset, which need not exist.
func (h *Handler) schemaOf(ctx context.Context, ref directory.Ref) (*datasetSchema, error) {
	var text []byte
	err := h.ReadOne(ctx, ref, func(_ *directory.Collection, found *directory.Storage) error {
		text = found.Schema
		return nil
	})
	if err != nil && !wire.IsNotFound(err) {
		return nil, err
	}
	return readSchema(text)
}

// InvalidItems is the `data` of the error for a push that does not fit the
// dataset's schema.
type InvalidItems struct {
	InvalidItems []invalidItem `json:"invalidItems"`
}

type invalidItem struct {
	ItemPosition     int                `json:"itemPosition"` // from 0
	ValidationErrors []jsonschema.Error `json:"validationErrors"`
}

// checkItems holds pushed items against the dataset's schema.
func (h *Handler) checkItems(ctx context.Context, ref directory.Ref, items [][]byte) error {
	known, err := h.schemaOf(ctx, ref)
	if err != nil || known.items == nil {
		return err
	}
	var failed InvalidItems
	for i, item := range items {
		wrong, err := known.items.Check(i, item)
		if err != nil {
			return wire.InvalidValue("The item at position %d is not valid JSON: %v", i, err)
		}
		if wrong != nil {
			failed.InvalidItems = append(failed.InvalidItems, invalidItem{i, wrong})
		}
	}
	if failed.InvalidItems != nil {
		return &wire.Error{Status: http.StatusBadRequest, Kind: "schema-validation-error", Message: "Schema validation failed", Data: failed}
	}
	return nil
}

// schemaView is a view of a dataset's schema. How it is displayed is the
// Console's business.
type schemaView struct {
	Transformation struct {
		Fields  []string `json:"fields"`
		Unwind  []string `json:"unwind"`
		Flatten []string `json:"flatten"`
		Omit    []string `json:"omit"`
		Limit   int64    `json:"limit"`
		Desc    bool     `json:"desc"`
	} `json:"transformation"`
}

// withView puts the parameters of the view that a request names into it. What
// the request says itself goes first. It also tells how many items the view
// shows at most, which a request's own offset and limit move within: else a view
// that is read page by page would not be the one that is read at once. No
// document says how the platform counts here.
func (h *Handler) withView(r *http.Request, ref directory.Ref) (*http.Request, int64, error) {
	values := r.URL.Query()
	name := values.Get("view")
	if name == "" {
		return r, noLimit, nil
	}
	schema, err := h.schemaOf(r.Context(), ref)
	if err != nil {
		return nil, 0, err
	}
	view, ok := schema.Views[name]
	if !ok {
		return nil, 0, wire.InvalidValue("The dataset's schema has no view %q", wire.Clipped(name))
	}
	view.fill(values)
	copied := *r.URL
	copied.RawQuery = values.Encode()
	r = r.Clone(r.Context())
	r.URL = &copied
	if most := view.Transformation.Limit; most > 0 {
		return r, most, nil
	}
	return r, noLimit, nil
}

func (v *schemaView) fill(values url.Values) {
	set := func(parameter, value string) {
		if value != "" && !values.Has(parameter) {
			values.Set(parameter, value)
		}
	}
	t := v.Transformation
	set("fields", strings.Join(t.Fields, ","))
	set("unwind", strings.Join(t.Unwind, ","))
	set("flatten", strings.Join(t.Flatten, ","))
	set("omit", strings.Join(t.Omit, ","))
	if t.Desc {
		set("desc", "1")
	}
}
