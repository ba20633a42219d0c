package awsconfig

import (
	"cmp"
	"fmt"
	"strings"
)

// endpoint is the address that the environment or the profile has for a service;
// "" for Amazon's own.
func (l *loader) endpoint(service string) string {
	if isTrue(l.either("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
		return ""
	}
	return cmp.Or(
		l.Getenv("AWS_ENDPOINT_URL_"+strings.ToUpper(service)),
		l.config["services "+l.own["services"]][service+".endpoint_url"],
		l.either("endpoint_url", "AWS_ENDPOINT_URL"),
	)
}

// address is where a service other than S3 is asked; host is what Amazon calls it.
func (l *loader) address(service, host, region string) (string, error) {
	if configured := l.endpoint(service); configured != "" {
		return strings.TrimSuffix(configured, "/"), nil
	}
	if !HostLabel(region) {
		return "", fmt.Errorf("%q is no region", region)
	}
	if l.fips {
		host += "-fips"
	}
	return "https://" + host + "." + region + "." + Domain(region), nil
}

// Domain is the end of the names of Amazon's hosts in a region.
func Domain(region string) string {
	for _, partition := range []struct{ prefix, domain string }{
		{"cn-", "amazonaws.com.cn"},
		{"eusc-", "amazonaws.eu"},
		{"us-iso-", "c2s.ic.gov"},
		{"us-isob-", "sc2s.sgov.gov"},
		{"us-isof-", "csp.hci.ic.gov"},
		{"eu-isoe-", "cloud.adc-e.uk"},
	} {
		if strings.HasPrefix(region, partition.prefix) {
			return partition.domain
		}
	}
	return "amazonaws.com"
}

// HostLabel tells whether a text can be a part of a host's name, between two dots.
func HostLabel(text string) bool {
	for _, r := range text {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return text != "" && len(text) <= 63 && text[0] != '-' && text[len(text)-1] != '-'
}
