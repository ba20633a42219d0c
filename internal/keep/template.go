package keep

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// DefaultTemplate suggests names where nobody said how to make them.
const DefaultTemplate = "{actor}-{date}"

// maxName is the API's limit for names, in characters.
const maxName = 63

// Template makes names: text with {fields} in it.
type Template struct{ parts []part }

type part struct {
	text  string
	value func(*Candidate) string // nil: text is meant as it is
}

// fields are what a template can hold. The dates are the creation's, in UTC.
func fields() map[string]func(*Candidate) string {
	created := func(layout string) func(*Candidate) string {
		return func(c *Candidate) string { return c.Facts.CreatedAt.UTC().Format(layout) }
	}
	return map[string]func(*Candidate) string{
		"actor": func(c *Candidate) string { return cmp.Or(c.Actor, c.Kind.RunPath()) },
		"date":  created("2006-01-02"),
		"time":  created("150405"),
		"id":    func(c *Candidate) string { return c.Facts.ID },
		"kind":  func(c *Candidate) string { return c.Kind.RunPath() },
		"run":   func(c *Candidate) string { return cmp.Or(c.Facts.ActRunID, "no-run") },
	}
}

// FieldNames are what a template can hold, as people read it.
const FieldNames = "{actor} {date} {time} {id} {kind} {run}"

// ParseTemplate finds all that is wrong with a template before any request.
func ParseTemplate(text string) (Template, error) {
	var t Template
	if strings.TrimSpace(text) == "" {
		return t, failure.Usagef("--template is empty")
	}
	known := fields()
	for rest := text; rest != ""; {
		fixed, behind, opened := strings.Cut(rest, "{")
		if bad := strings.IndexFunc(fixed, func(r rune) bool { return !legal(r) }); bad >= 0 {
			return t, failure.Usagef("--template %q: names have letters, digits and hyphens only", text)
		}
		t.parts = append(t.parts, part{text: fixed})
		if !opened {
			break
		}
		field, after, closed := strings.Cut(behind, "}")
		value, ok := known[field]
		if !closed || !ok {
			return t, failure.Usagef("--template %q: known are %s", text, FieldNames)
		}
		t.parts = append(t.parts, part{value: value})
		rest = after
	}
	return t, nil
}

// name is a valid name for a storage.
func (t Template) name(c *Candidate) string {
	var text strings.Builder
	for _, part := range t.parts {
		if part.value != nil {
			text.WriteString(clean(part.value(c)))
			continue
		}
		text.WriteString(part.text)
	}
	return cmp.Or(shorten(text.String(), maxName), c.Facts.ID)
}

func legal(r rune) bool {
	return r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// clean makes a hyphen of what a name cannot hold.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if legal(r) {
			return r
		}
		return '-'
	}, text)
}

// shorten cuts a name to size; hyphens stand inside only.
func shorten(text string, most int) string {
	text = strings.Trim(text, "-")
	return strings.TrimRight(text[:min(len(text), most)], "-")
}

// free is the wanted name, or the first with a number behind it that nobody has.
func free(taken map[name]bool, kind api.Kind, wanted string) string {
	result := wanted
	for number := 2; taken[nameOf(kind, result)]; number++ {
		suffix := "-" + strconv.Itoa(number)
		result = shorten(wanted, maxName-len(suffix)) + suffix
	}
	return result
}
