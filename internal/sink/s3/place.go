package s3

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/sink/s3/awsconfig"
)

// place is where a bucket is.
type place struct {
	bucket          string
	endpoint        *url.URL // nil: Amazon's own, in a region
	inPath          bool     // the bucket is in the path, not in the host's name
	fips, dualStack bool
}

// findPlace takes the address apart that the user has given; "" is Amazon's own.
// The buckets of most other stores are in the path.
func findPlace(bucket, endpoint string, c awsconfig.Config) (place, error) {
	p := place{bucket: bucket, inPath: !awsconfig.HostLabel(bucket), fips: c.FIPS, dualStack: c.DualStack}
	if endpoint == "" {
		return p, nil
	}
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return p, &object.Error{Kind: object.Mistaken, Problem: "the store's address is no URL with http or https"}
	}
	p.endpoint = parsed
	p.inPath = p.inPath || !isAmazon(parsed.Hostname())
	return p, nil
}

func isAmazon(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}

// url is the address of an object, or of the bucket where key is "".
func (p place) url(region, key string) *url.URL {
	u := &url.URL{Scheme: "https"}
	path := ""
	if p.endpoint != nil {
		u.Scheme, u.Host = p.endpoint.Scheme, p.endpoint.Host
		path = strings.TrimSuffix(p.endpoint.Path, "/")
	} else {
		u.Host = p.amazon(region)
	}
	if p.inPath {
		path += "/" + p.bucket
	} else {
		u.Host = p.bucket + "." + u.Host
	}
	if key != "" || !p.inPath {
		path += "/" + key
	}
	u.Path, u.RawPath = path, escaped(path)
	return u
}

func (p place) amazon(region string) string {
	host := "s3"
	if p.fips {
		host += "-fips"
	}
	if p.dualStack {
		host += ".dualstack"
	}
	return host + "." + region + "." + awsconfig.Domain(region)
}

// escaped is a path as it is signed, which is stricter than what URLs need.
func escaped(path string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
