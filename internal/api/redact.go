package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// redacted stands in URLs and headers for what they must not show.
const redacted = "REDACTED"

// cleanURLError drops the method and URL that net/http wraps around its errors:
// a redirect's URL may hold a signature.
func cleanURLError(err error) error {
	e, ok := errors.AsType[*url.Error](err)
	if !ok {
		return err
	}
	if strings.Contains(e.Err.Error(), "Location header") {
		return &redirectError{reason: "redirected to an address that cannot be read"}
	}
	return e.Err
}

// redactURLText returns text without user information and with the values of
// secret query parameters replaced. It need not be a well-formed URL.
func redactURLText(text string) string {
	text, _, _ = strings.Cut(text, "#")
	head, query, hasQuery := strings.Cut(text, "?")
	if at := strings.LastIndexByte(head, '@'); at >= 0 {
		scheme, _, found := strings.Cut(head[:at], "//")
		if !found {
			scheme = ""
		} else {
			scheme += "//"
		}
		head = scheme + head[at+1:]
	}
	if !hasQuery {
		return head
	}
	parts := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for i, part := range parts {
		name, _, found := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err != nil || (found && secret.Name(plain)) {
			parts[i] = name + "=" + redacted
		}
	}
	return head + "?" + strings.Join(parts, "&")
}

// redactHeader returns a copy that may be shown.
func redactHeader(header http.Header) http.Header {
	shown := header.Clone()
	for name, values := range shown {
		for i, value := range values {
			switch {
			case secret.Name(name):
				values[i] = redacted
			case name == "Location" || name == "Content-Location" || name == "Referer" || name == "Link":
				values[i] = redactURLText(value)
			}
		}
	}
	return shown
}
