package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"

	schemakind "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
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
	fields, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Fields))
	if err != nil {
		return nil, invalid(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7) // as the platform's validator has it
	compiler.AssertFormat()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(schemaAddress, fields); err != nil {
		return nil, invalid(err)
	}
	if s.items, err = compiler.Compile(schemaAddress); err != nil {
		return nil, invalid(err)
	}
	return &s, nil
}

// schemaAddress is what a schema is called while it is compiled.
const schemaAddress = "schema:fields"

// noLoader keeps a schema from having files and sites read.
type noLoader struct{}

func (noLoader) Load(address string) (any, error) {
	return nil, fmt.Errorf("it refers to %s, which is not in it", address)
}

// schemaOf reads the schema of a dataset, which need not exist.
func (h *Handler) schemaOf(ref directory.Ref) (*datasetSchema, error) {
	var text []byte
	err := h.Read(directory.Datasets, func(s *directory.Collection) error {
		found, err := h.Find(s, ref)
		if wire.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		text = found.Schema
		return nil
	})
	if err != nil {
		return nil, err
	}
	return readSchema(text)
}

// InvalidItemsError is a push that does not fit the dataset's schema. As JSON
// it is the error's `data`.
type InvalidItemsError struct {
	InvalidItems []invalidItem `json:"invalidItems"`
}

type invalidItem struct {
	ItemPosition     int               `json:"itemPosition"` // from 0
	ValidationErrors []validationError `json:"validationErrors"`
}

// validationError has the members of AJV, which the platform validates with. It
// validates all items at once, so the paths begin with the array.
type validationError struct {
	InstancePath string         `json:"instancePath"`
	SchemaPath   string         `json:"schemaPath"`
	Keyword      string         `json:"keyword"`
	Params       map[string]any `json:"params"`
	Message      string         `json:"message"`
}

func (e *InvalidItemsError) Error() string { return "Schema validation failed" }

// As makes it an answer.
func (e *InvalidItemsError) As(target any) bool {
	known, ok := target.(**wire.Error)
	if ok {
		*known = &wire.Error{Status: http.StatusBadRequest, Kind: "schema-validation-error", Message: e.Error(), Data: e}
	}
	return ok
}

// checkItems holds pushed items against the dataset's schema.
func (h *Handler) checkItems(ref directory.Ref, items [][]byte) error {
	schema, err := h.schemaOf(ref)
	if err != nil || schema.items == nil {
		return err
	}
	var failed InvalidItemsError
	for i, item := range items {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(item))
		if err != nil {
			return wire.InvalidValue("The item at position %d is not valid JSON: %v", i, err)
		}
		err = schema.items.Validate(value)
		if err == nil {
			continue
		}
		details, ok := errors.AsType[*jsonschema.ValidationError](err)
		if !ok {
			return err
		}
		failed.InvalidItems = append(failed.InvalidItems, invalidItem{i, appendErrors(nil, i, details)})
	}
	if failed.InvalidItems != nil {
		return &failed
	}
	return nil
}

// appendErrors flattens a tree of errors to its leaves.
func appendErrors(list []validationError, position int, e *jsonschema.ValidationError) []validationError {
	for _, cause := range e.Causes {
		list = appendErrors(list, position, cause)
	}
	if len(e.Causes) > 0 {
		return list
	}
	_, fragment, _ := strings.Cut(e.SchemaURL, "#")
	if plain, err := url.PathUnescape(fragment); err == nil {
		fragment = plain
	}
	path := e.ErrorKind.KeywordPath()
	keyword := "false schema"
	if len(path) > 0 {
		keyword = path[0]
	}
	printer := message.NewPrinter(language.English)
	base := validationError{
		InstancePath: pointer(append([]string{strconv.Itoa(position)}, e.InstanceLocation...)),
		SchemaPath:   "/items" + fragment + pointer(path[:min(1, len(path))]),
		Keyword:      keyword, Params: map[string]any{}, Message: e.ErrorKind.LocalizedString(printer),
	}
	switch k := e.ErrorKind.(type) {
	case *schemakind.Type:
		base.Params["type"] = strings.Join(k.Want, ",")
		base.Message = "must be " + strings.Join(k.Want, ",")
	case *schemakind.Enum:
		base.Params["allowedValues"] = k.Want
		base.Message = "must be equal to one of the allowed values"
	case *schemakind.Required: // AJV reports each one for itself
		for _, name := range k.Missing {
			base.Params = map[string]any{"missingProperty": name}
			base.Message = fmt.Sprintf("must have required property '%s'", name)
			list = append(list, base)
		}
		return list
	case *schemakind.AdditionalProperties:
		for _, name := range k.Properties {
			base.Params = map[string]any{"additionalProperty": name}
			base.Message = "must NOT have additional properties"
			list = append(list, base)
		}
		return list
	}
	return append(list, base)
}

// pointer is a JSON pointer.
func pointer(path []string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var text strings.Builder
	for _, step := range path {
		text.WriteString("/" + escape.Replace(step))
	}
	return text.String()
}
