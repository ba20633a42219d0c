package export

import "bytes"

// isWebAddress reports whether the whole text is an http or https URL. Other
// schemes, javascript above all, must not become links.
func isWebAddress(text []byte) bool {
	if !startsWithHTTP(text) {
		return false
	}
	rest := text[len("http"):]
	if rest[0]|0x20 == 's' {
		rest = rest[1:]
	}
	rest, ok := bytes.CutPrefix(rest, []byte("://"))
	if !ok || len(rest) == 0 {
		return false
	}
	for _, c := range rest {
		if c <= ' ' || c == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' {
			return false
		}
	}
	return true
}

func startsWithHTTP(text []byte) bool {
	return len(text) > len("http") && text[0]|0x20 == 'h' && text[1]|0x20 == 't' && text[2]|0x20 == 't' && text[3]|0x20 == 'p'
}
