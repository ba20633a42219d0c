// Package mediatype tells media types by file endings and endings by media
// types, the same on every system: package mime asks the system.
package mediatype

import (
	"iter"
	"slices"
	"strings"
)

// Binary is the media type of bytes that nothing is known of.
const Binary = "application/octet-stream"

const binaryEnding = "bin"

// JSON is the media type that the SDKs give to JSON.
const JSON = "application/json; charset=utf-8"

// Text is the media type that the SDKs give to text.
const Text = "text/plain; charset=utf-8"

// ForName is the media type that a name's last ending tells, with a charset
// where the SDKs add one; "" where it tells none. As with the SDKs, a name
// without a dot is an ending itself: "text" is text.
func ForName(name string) string {
	ending := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	if ending == "" {
		return ""
	}
	for kind, endings := range entries() {
		if !slices.Contains(strings.Fields(endings), ending) {
			continue
		}
		if strings.HasPrefix(kind, "text/") || kind == "application/json" || kind == "application/javascript" || kind == "application/manifest+json" {
			kind += "; charset=utf-8"
		}
		return kind
	}
	return ""
}

// HasEnding tells whether a name has an ending, with a dot, that is known.
func HasEnding(name string) bool {
	return strings.LastIndexByte(name, '.') > 0 && ForName(name) != ""
}

// Ending is the usual ending, without a dot, for a media type: "bin" where
// there is none.
func Ending(mediaType string) string {
	bare := Bare(mediaType)
	for kind, endings := range entries() {
		if kind == bare {
			first, _, _ := strings.Cut(endings, " ")
			return first
		}
	}
	return binaryEnding
}

// Bare is a media type without its parameters, in lower case.
func Bare(mediaType string) string {
	bare, _, _ := strings.Cut(mediaType, ";")
	return strings.ToLower(strings.TrimSpace(bare))
}

// IsJSON tells whether values of a media type are JSON.
func IsJSON(mediaType string) bool {
	bare := Bare(mediaType)
	return bare == "application/json" || strings.HasSuffix(bare, "+json")
}

// IsText tells whether values of a media type are text, which also means that
// compressing them pays.
func IsText(mediaType string) bool {
	bare := Bare(mediaType)
	switch bare {
	case "application/javascript", "application/ecmascript", "application/x-javascript", "application/xml", "application/x-ndjson",
		"application/jsonl", "application/x-sh", "application/x-sql", "application/sql", "application/toml", "application/yaml",
		"application/x-yaml", "application/json5", "application/rtf", "application/graphql", "application/x-www-form-urlencoded":
		return true
	}
	return strings.HasPrefix(bare, "text/") || IsJSON(bare) || strings.HasSuffix(bare, "+xml")
}

// entries yields the table's lines: a media type and its endings.
func entries() iter.Seq2[string, string] {
	return func(yield func(kind, endings string) bool) {
		for line := range strings.Lines(table[1:]) {
			kind, endings, _ := strings.Cut(line[:len(line)-1], " ")
			if !yield(kind, endings) {
				return
			}
		}
	}
}
