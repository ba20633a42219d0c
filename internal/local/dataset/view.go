package dataset

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

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
	schema, err := h.schemaOf(ref)
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
