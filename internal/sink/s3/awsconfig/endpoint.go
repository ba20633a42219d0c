package awsconfig

import (
	"cmp"
	"fmt"
	"strings"
)

// endpointS3 is the address that the environment or the profile has for S3; "" for
// Amazon's own.
func (l *loader) endpointS3() string {
	if l.ignoresEndpoints() {
		return ""
	}
	return cmp.Or(l.Getenv("AWS_ENDPOINT_URL_S3"), l.Getenv("AWS_ENDPOINT_URL"), l.ofServices("s3"), l.own["endpoint_url"])
}

// endpoint is the address that is meant for another service alone; "" for Amazon's
// own. The one for all services does not count: it is usually that of a store, which
// has no use for the tokens that those are shown.
func (l *loader) endpoint(service string) string {
	if l.ignoresEndpoints() {
		return ""
	}
	return strings.TrimSuffix(cmp.Or(l.Getenv("AWS_ENDPOINT_URL_"+strings.ToUpper(service)), l.ofServices(service)), "/")
}

func (l *loader) ignoresEndpoints() bool {
	return isTrue(l.either("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
}

// ofServices is what the profile's section of services has for one of them.
func (l *loader) ofServices(service string) string {
	return l.config["services "+l.own["services"]][service+".endpoint_url"]
}

// address is where a service other than S3 is asked; host is what Amazon calls it.
func (l *loader) address(service, host, region string) (string, error) {
	if configured := l.endpoint(service); configured != "" {
		return configured, nil
	}
	if !IsRegion(region) {
		return "", fmt.Errorf("%q is no region", region)
	}
	// What the government's regions have is FIPS anyway.
	if l.fips && (l.dualStack || !strings.HasPrefix(region, "us-gov-")) {
		host += "-fips"
	}
	domain, dualStack := domains(region)
	if l.dualStack {
		domain = dualStack
	}
	return "https://" + host + "." + region + "." + domain, nil
}

// Domain is the end of the names of S3's hosts in a region.
func Domain(region string) string {
	domain, _ := domains(region)
	return domain
}

// domains are the ends of the names of Amazon's hosts in a region, the second for
// hosts that speak IPv6, too.
func domains(region string) (domain, dualStack string) {
	for _, partition := range []struct{ prefix, domain, dualStack string }{
		{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
		{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
		{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
		{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
		{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
		{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	} {
		if strings.HasPrefix(region, partition.prefix) {
			return partition.domain, partition.dualStack
		}
	}
	return "amazonaws.com", "api.aws"
}

// IsRegion tells whether a region can be in the name of a host.
func IsRegion(region string) bool { return HostLabel(strings.ToLower(region)) }

// HostLabel tells whether a text can be a part of a host's name, between two dots.
func HostLabel(text string) bool {
	for _, r := range text {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return text != "" && len(text) <= 63 && text[0] != '-' && text[len(text)-1] != '-'
}
