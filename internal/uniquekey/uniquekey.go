// Package uniquekey computes what tells requests of a queue apart, as Apify's
// JavaScript SDK does it.
package uniquekey

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf16"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// Request is what a unique key depends on.
type Request struct {
	URL          string
	Method       string // "" is GET
	Payload      []byte
	KeepFragment bool // as keepUrlFragment: what is behind # counts
	Extended     bool // as useExtendedUniqueKey: method and payload count
}

// Of is a request's unique key: the normal form of its URL, which is the URL
// itself where that cannot be parsed. Method and payload are part of an extended
// one, and of no other: "POST(kkbSwODy):https://example.com/p".
func Of(r Request) string {
	key, ok := Normalize(r.URL, r.KeepFragment)
	if !ok {
		key = r.URL
	}
	if !r.Extended {
		return key
	}
	method := strings.ToUpper(r.Method)
	if method == "" {
		method = "GET"
	}
	hash := ""
	if len(r.Payload) > 0 {
		hash = digest(r.Payload)[:8]
	}
	return method + "(" + hash + "):" + key
}

// RequestID is the ID that a queue gives to the request with that unique key.
func RequestID(uniqueKey string) string { return digest([]byte(uniqueKey))[:15] }

// digest is the SHA-256 in base64, letters and digits only.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return strings.NewReplacer("+", "", "/", "", "=", "").Replace(base64.StdEncoding.EncodeToString(sum[:]))
}

// Normalize is a URL without user name, parameters that begin with utm_, one
// slash at the end of the path and, unless it is to be kept, the fragment; the
// other parameters are sorted and written as a form would. Everything else is as
// the WHATWG URL standard has it. It is false for text that is no absolute URL.
func Normalize(text string, keepFragment bool) (string, bool) {
	text = strings.TrimFunc(text, isSpace)
	if text == "" {
		return "", false
	}
	u, err := whatwg.Parse(text)
	if err != nil {
		return "", false
	}
	parameters := parseForm(strings.TrimPrefix(u.Search(), "?"))
	parameters = slices.DeleteFunc(parameters, func(p parameter) bool { return strings.HasPrefix(p.name, "utm_") })
	slices.SortStableFunc(parameters, func(a, b parameter) int {
		return slices.Compare(utf16.Encode([]rune(a.name)), utf16.Encode([]rune(b.name)))
	})
	var out strings.Builder
	out.WriteString(u.Protocol())
	out.WriteString("//")
	out.WriteString(strings.ToLower(u.Host()))
	out.WriteString(strings.TrimSuffix(u.Pathname(), "/"))
	for i, p := range parameters {
		out.WriteByte("?&"[min(i, 1)])
		writeForm(&out, p.name)
		out.WriteByte('=')
		writeForm(&out, p.value)
	}
	if keepFragment {
		out.WriteString(u.Hash())
	}
	return out.String(), true
}

// isSpace is what JavaScript's trim takes away.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}
