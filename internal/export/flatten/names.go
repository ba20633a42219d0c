package flatten

import (
	"fmt"
	"strings"
)

// Listed names a few of many columns, in quotes.
func Listed(names []string) string {
	const most = 3
	quoted := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", ShortName(name)))
	}
	text := strings.Join(quoted, ", ")
	if len(names) > most {
		text += ", …"
	}
	return text
}

// ShortName is a name for messages, cut to 60 characters.
func ShortName(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}
