package config

import (
	"fmt"
	"net/url"
	"strings"
)

const defaultAPIURL = "https://api.apify.com"

func chooseAPIURL(flags Flags, environment Environment, name string, p profile) (string, error) {
	if flags.APIURLSet {
		return parseAPIURL(flags.APIURL, "--api-url")
	}
	source := "api-url of profile " + name
	if flags.ProfileSet && p.APIURL != "" {
		return parseAPIURL(p.APIURL, source)
	}
	for _, variable := range []string{"APIFY_API_BASE_URL", "APIFY_CLIENT_BASE_URL"} {
		if text := environment.Getenv(variable); text != "" {
			return parseAPIURL(text, variable)
		}
	}
	if p.APIURL != "" {
		return parseAPIURL(p.APIURL, source)
	}
	return defaultAPIURL, nil
}

// sameServer tells whether two URLs have the same scheme, host and port.
func sameServer(a, b string) bool {
	one, errA := url.Parse(a)
	other, errB := url.Parse(b)
	return errA == nil && errB == nil && origin(one) == origin(other)
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// parseAPIURL takes a URL with or without /v2 and slashes at its end. What it
// refuses it does not repeat where that could be a password.
func parseAPIURL(text, source string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case strings.Contains(text, "@"):
		return "", &ValueError{source, "the URL must not hold a user name or password"}
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", &ValueError{source, fmt.Sprintf("%q is not an http or https URL", text)}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", &ValueError{source, "the URL must end with its path, without ? and #"}
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/v2"), "/")
	return u.Scheme + "://" + u.Host + path, nil
}
