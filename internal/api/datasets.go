package api

import (
	"net/url"
	"strconv"
	"strings"
)

// Datasets is the collection of datasets, with what only datasets have.
type Datasets struct{ Collection[Dataset] }

// ItemsOptions select and shape items; the server does the work. Offset and
// Limit count stored items, before Clean, SkipEmpty and Unwind change their
// number.
type ItemsOptions struct {
	Offset, Limit int64 // Limit 0: all

	Descending      bool // newest first; reverses items, not unwound elements
	Clean           bool // SkipHidden and SkipEmpty
	SkipEmpty       bool
	SkipHidden      bool // drops top-level members whose names start with #
	SkipFailedPages bool // drops items with errorInfo
	Simplified      bool // what old crawlers called simplified results

	Fields       []string // these members only, in this order
	OutputFields []string // their new names, as many as Fields
	Omit         []string // not these members; beats Fields
	Unwind       []string // an item for each element of these members
	Flatten      []string // {"a":{"b":1}} becomes {"a.b":1}; precedes Fields
	View         string   // a view of the dataset's schema

	PageSize    int64 // items a request; 0 adapts to the size of items
	Concurrency int   // requests at once, see Pages; 0: 24, or 2 to 4 in the same process
}

// query is what all requests have in common.
func (o ItemsOptions) query() url.Values {
	query := url.Values{"format": {"json"}}
	setFlag(query, "desc", o.Descending)
	setFlag(query, "clean", o.Clean)
	setFlag(query, "skipEmpty", o.SkipEmpty)
	setFlag(query, "skipHidden", o.SkipHidden)
	setFlag(query, "skipFailedPages", o.SkipFailedPages)
	setFlag(query, "simplified", o.Simplified)
	setList(query, "fields", o.Fields)
	setList(query, "outputFields", o.OutputFields)
	setList(query, "omit", o.Omit)
	setList(query, "unwind", o.Unwind)
	setList(query, "flatten", o.Flatten)
	if o.View != "" {
		query.Set("view", o.View)
	}
	return query
}

func setList(query url.Values, name string, values []string) {
	if len(values) > 0 {
		query.Set(name, strings.Join(values, ","))
	}
}

func setNumber(query url.Values, name string, value int64) {
	query.Set(name, strconv.FormatInt(value, 10))
}
