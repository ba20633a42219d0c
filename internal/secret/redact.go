package secret

import (
	"net/url"
	"regexp"
	"strings"
)

// Name tells whether what has that name, a header or a parameter of a URL, is
// likely to be a secret.
func Name(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "signature", "secret", "credential", "password", "authorization", "cookie", "api-key", "apikey"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "sig"
}

// Redact is a message without the secrets that stand in the URLs in it, however
// the message came by them: in a query, or as a password in front of the host.
func Redact(message string) string {
	if !strings.ContainsAny(message, "=@") {
		return message
	}
	const ends = `&;#\s"'<>\\`
	parameter := regexp.MustCompile(`[?&;]([^=?` + ends + `]+)=([^` + ends + `]+)`)
	message = parameter.ReplaceAllStringFunc(message, func(text string) string {
		name, _, _ := strings.Cut(text[1:], "=")
		if plain, err := url.QueryUnescape(name); err == nil && !Name(plain) {
			return text
		}
		return text[:1] + name + "=" + Shown
	})
	user := regexp.MustCompile(`(://)[^/?#@\s"']*@`)
	return user.ReplaceAllString(message, "${1}"+Shown+"@")
}
