package mockapi

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strings"
)

// view is what a dataset's schema says of one of its views.
type view struct {
	Transformation struct {
		Fields, Unwind, Flatten, Omit []string
		Limit                         int
		Desc                          bool
	}
}

// viewsOf reads the body of a request that makes a storage.
func viewsOf(r *http.Request, body []byte) (map[string]view, error) {
	text, err := decodeBody(r, body)
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return nil, err
	}
	var asked struct {
		Schema struct{ Views map[string]view }
	}
	if err := json.Unmarshal(text, &asked); err != nil {
		return nil, errorf(http.StatusBadRequest, "invalid-request", "Request body is not valid JSON: %v", err)
	}
	return asked.Schema.Views, nil
}

// withView adds to a query what the view that it names stands for, and tells how
// many stored items can be seen through it.
func (target *storage) withView(query url.Values) (url.Values, int, error) {
	if !query.Has("view") {
		return query, math.MaxInt, nil
	}
	chosen, ok := target.views[query.Get("view")]
	if !ok {
		return nil, 0, errorf(http.StatusBadRequest, "invalid-value", "Invalid value provided in view parameter: there is no such view")
	}
	shape := chosen.Transformation
	for name, list := range map[string][]string{
		"fields": shape.Fields, "unwind": shape.Unwind, "flatten": shape.Flatten, "omit": shape.Omit,
	} {
		if !query.Has(name) && len(list) > 0 {
			query.Set(name, strings.Join(list, ","))
		}
	}
	if shape.Desc && !query.Has("desc") {
		query.Set("desc", "true")
	}
	if shape.Limit == 0 {
		return query, math.MaxInt, nil
	}
	return query, shape.Limit, nil
}
