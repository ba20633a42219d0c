package requestfile

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Request is the request as the API has it, with its ID first.
func (f *File) Request() ([]byte, error) {
	text := f.Text
	switch f.Layout {
	case Crawlee3:
		text = []byte(textOf(member(f.Text, "json")))
	case Python01:
		text = []byte(textOf(member(f.Text, "json_")))
	case Python05:
		text = member(f.Text, "request")
	}
	if !isObject(text) {
		return nil, ErrNoRequest
	}
	return normal(text, f.ID, f.Layout.python())
}

// WithID is a request that a client sent, with its ID first and without what is
// no part of a request. Null is nothing.
func WithID(request []byte, id ID) ([]byte, error) { return normal(request, id, false) }

func normal(text []byte, id ID, python bool) ([]byte, error) {
	out := append([]byte(`{"id":`), strconv.Quote(id.String())...)
	for m, err := range rawjson.Members(text) {
		if err != nil {
			return nil, err
		}
		name, key, value := m.Name(), m.Key, m.Value
		switch name {
		case "id", "orderNo", "order_no", "json_", "lockExpiresAt", "lockByClient", lockMember:
			continue
		}
		if string(value) == "null" {
			continue
		}
		if python {
			if strings.Contains(name, "_") {
				name = camelCase(name)
				key = quoted(name)
			}
			if name == "method" {
				value = quoted(strings.ToUpper(textOf(value))) // Crawlee 0.1 has "get"
			}
		}
		if name == "handledAt" {
			value = apiTime(value)
		}
		out = append(append(append(append(out, ','), key...), ':'), value...)
	}
	return rawjson.AppendCompact(nil, append(out, '}'))
}

// The times of the API, and of Crawlee for Python: str() of a datetime, which
// leaves a fraction of zero out.
const (
	apiLayout    = "2006-01-02T15:04:05.000Z"
	pythonLayout = "2006-01-02 15:04:05.000000-07:00"
	pythonRead   = "2006-01-02 15:04:05-07:00"
)

// apiTime is a time as the API writes it; what is no time stays as it is.
func apiTime(value []byte) []byte {
	text := textOf(value)
	for _, layout := range []string{pythonRead, time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return []byte(`"` + t.UTC().Format(apiLayout) + `"`)
		}
	}
	return value
}

func pythonTime(value []byte) []byte {
	if t, err := time.Parse(time.RFC3339Nano, textOf(value)); err == nil {
		return []byte(`"` + t.UTC().Format(pythonLayout) + `"`)
	}
	return value
}

func camelCase(snake string) string {
	head, words, _ := strings.Cut(snake, "_")
	for word := range strings.SplitSeq(words, "_") {
		if word != "" {
			head += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return head
}

func snakeCase(camel string) string {
	var snake strings.Builder
	for i := range len(camel) {
		c := camel[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				snake.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		snake.WriteByte(c)
	}
	return snake.String()
}

func quoted(text string) []byte {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string has no error
	return []byte(strings.TrimSuffix(out.String(), "\n"))
}
