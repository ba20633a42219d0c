package sink

import (
	"path/filepath"
	"strings"
)

// FileName makes one file's name of text that comes from a server: no
// separator, no dot at its start, no name that Windows keeps for devices.
func FileName(text string) string {
	const longest = 150
	safe := strings.Map(func(r rune) rune {
		if inFileName(r) {
			return r
		}
		return '_'
	}, text)
	safe = strings.TrimRight(safe[:min(longest, len(safe))], ".")
	if !IsFileName(safe) {
		safe = "_" + safe
	}
	return safe
}

// IsFileName tells that text is a file's name as FileName makes them.
func IsFileName(text string) bool {
	const longest = 200
	return text != "" && len(text) <= longest && text[0] != '.' && !strings.HasSuffix(text, ".") &&
		!strings.ContainsFunc(text, func(r rune) bool { return !inFileName(r) }) && filepath.IsLocal(text) && !isDevice(text)
}

func inFileName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_'
}

func isDevice(name string) bool {
	base, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}
