package items

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Describe finds the types that fit all datasets, and a row for each field. Of several
// datasets rows tell how they differ.
func Describe(targets []destination.Target, profiles []*export.Profile, o schema.Options) (schema.Resolved, []schema.Row, error) {
	types := make([]*schema.Type, len(profiles))
	all := &schema.Seen{}
	for i, profile := range profiles {
		resolved, err := profile.Seen.Resolve(o)
		if err != nil {
			return resolved, nil, transfer.Failed(api.KindDataset, targets[i], export.TooManyColumns(err))
		}
		types[i] = resolved.Type
		all.Merge(&profile.Seen)
	}
	merged, err := all.Resolve(o)
	if err != nil {
		return merged, nil, export.TooManyColumns(err)
	}
	rows := all.Rows(merged.Type)
	if len(targets) > 1 {
		names := make([]string, len(targets))
		for i, t := range targets {
			names[i] = t.String()
		}
		schema.Drift(rows, names, types)
	}
	return merged, rows, nil
}

// Misfit is a row of what does not fit a schema.
type Misfit struct {
	Dataset string `json:"dataset"`
	Field   string `json:"field"`
	Want    string `json:"want"`
	Got     string `json:"got"`
	Value   string `json:"value,omitempty"`
	First   int64  `json:"firstItem"`
	Items   int64  `json:"items"`
}

// FieldRows are the rows for programs, or with fewer and shorter columns for
// people.
func FieldRows(rows []schema.Row, people bool) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, r := range rows {
			var row any = r
			if people {
				row = shortRow(r)
			}
			if text, err := json.Marshal(row); !yield(text, err) || err != nil {
				return
			}
		}
	}
}

type peopleRow struct {
	Field    string          `json:"field"`
	Type     string          `json:"type"`
	Present  string          `json:"present"`
	Null     string          `json:"null"`
	Distinct string          `json:"distinct"`
	Smallest json.RawMessage `json:"smallest,omitempty"`
	Largest  json.RawMessage `json:"largest,omitempty"`
	Example  json.RawMessage `json:"example,omitempty"`
	Differs  string          `json:"differs,omitempty"`
}

func shortRow(r schema.Row) peopleRow {
	short := peopleRow{Field: r.Field, Type: r.Type, Present: percent(r.Present), Null: percent(r.Null), Smallest: r.Smallest, Largest: r.Largest, Example: r.Example, Differs: r.Differs}
	if r.Type == "JSON" && len(r.Kinds) > 0 {
		short.Type += " (" + strings.Join(r.Kinds, ", ") + ")"
	}
	if r.Distinct != nil {
		short.Distinct = output.Count(int64(*r.Distinct))
		if r.More {
			short.Distinct += "+"
		}
	}
	return short
}

// percent says a share so that what is rare does not look like nothing, nor what
// is almost always there like always.
func percent(share float64) string {
	const least, most = 0.001, 0.999
	switch {
	case share > 0 && share < least:
		return "<0.1%"
	case share > most && share < 1:
		return ">99.9%"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*share), ".0") + "%"
}
