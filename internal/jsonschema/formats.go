package jsonschema

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// formatOf tells what fits a format; nil is a format that nothing is known of,
// which everything fits.
func formatOf(name string) func(string) bool {
	switch name {
	case "date-time":
		return isDateTime
	case "date":
		return func(s string) bool { return len(s) == len(time.DateOnly) && isDateTime(s+"T00:00:00Z") }
	case "time":
		return func(s string) bool { return isDateTime("2000-01-01T" + s) }
	case "duration":
		pattern := regexp.MustCompile(`^P(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))?)$`)
		return func(s string) bool { return s != "P" && pattern.MatchString(s) }
	case "email", "idn-email":
		return func(s string) bool {
			address, err := mail.ParseAddress(s)
			return err == nil && address.Address == s
		}
	case "hostname":
		label := regexp.MustCompile(`^(?i:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.(?i:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?))*$`)
		return func(s string) bool { return len(s) < 254 && label.MatchString(s) }
	case "ipv4":
		return func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }
	case "ipv6":
		return func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" }
	case "uri":
		return func(s string) bool { return isASCII(s) && isAddress(s, true) }
	case "uri-reference":
		return func(s string) bool { return isASCII(s) && isAddress(s, false) }
	case "iri":
		return func(s string) bool { return isAddress(s, true) }
	case "iri-reference":
		return func(s string) bool { return isAddress(s, false) }
	case "uuid":
		return regexp.MustCompile(`^(?i:urn:uuid:)?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`).MatchString
	case "uri-template":
		return regexp.MustCompile(`^([^{}\s"<>^|\\]|\{[^{}\s"<>^|\\]+\})*$`).MatchString
	case "json-pointer":
		return regexp.MustCompile(`^(/([^~/]|~[01])*)*$`).MatchString
	case "relative-json-pointer":
		return regexp.MustCompile(`^(0|[1-9]\d*)(#|(/([^~/]|~[01])*)*)$`).MatchString
	case "regex":
		return func(s string) bool { _, err := regexp.Compile(s); return err == nil }
	}
	return nil
}

// isDateTime takes RFC 3339 with its leap seconds, and with lower-case letters.
func isDateTime(s string) bool {
	s = strings.ToUpper(s)
	if len(s) < len("2006-01-02T15:04:05Z") || s[10] != 'T' || s[13] != ':' || strings.Contains(s, ",") {
		return false
	}
	if utc := strings.TrimSuffix(s, "Z"); utc != s && s[11:19] == "23:59:60" {
		s = s[:17] + "59" + s[19:]
	}
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

func isAddress(s string, absolute bool) bool {
	if strings.ContainsAny(s, " \"<>\\^`{|}\t\r\n") {
		return false
	}
	address, err := url.Parse(s)
	return err == nil && (!absolute || address.IsAbs())
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e || r < 0x21 })
}
