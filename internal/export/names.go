package export

import (
	"fmt"
	"strings"
)

// listed names a few of many.
func listed(names []string) string {
	const most = 3
	quoted := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", shortName(name)))
	}
	text := strings.Join(quoted, ", ")
	if len(names) > most {
		text += ", …"
	}
	return text
}

func shortName(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}
