package s3

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	amazon "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/apifyctl/apifyctl/internal/sink/s3/awsconfig"
)

// asked is where Amazon's own library would go for an object.
func asked(t *testing.T, region, endpoint, bucket, key string, c awsconfig.Config, inPath bool) string {
	t.Helper()
	var seen *url.URL
	enough := errors.New("enough")
	client := amazon.New(amazon.Options{
		Region: region, UsePathStyle: inPath, Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""), Retryer: aws.NopRetryer{},
		HTTPClient: doer(func(r *http.Request) (*http.Response, error) {
			seen = r.URL
			return nil, enough
		}),
	}, func(o *amazon.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		if c.FIPS {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if c.DualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
	})
	if _, err := client.GetObject(t.Context(), &amazon.GetObjectInput{Bucket: &bucket, Key: &key}); !errors.Is(err, enough) {
		t.Fatalf("Amazon's library: %v", err)
	}
	seen.RawQuery = ""
	return seen.String()
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// TestPlace: an object is where Amazon's library looks for it.
func TestPlace(t *testing.T) {
	for _, test := range []struct {
		name, region, endpoint, bucket, key string
		config                              awsconfig.Config
		want                                string
	}{
		{name: "Amazon", region: "eu-west-1", bucket: "b-1", key: "a/b.csv", want: "https://b-1.s3.eu-west-1.amazonaws.com/a/b.csv"},
		{name: "first region", region: "us-east-1", bucket: "bucket", key: "k", want: "https://bucket.s3.us-east-1.amazonaws.com/k"},
		{name: "China", region: "cn-north-1", bucket: "bucket", key: "k", want: "https://bucket.s3.cn-north-1.amazonaws.com.cn/k"},
		{name: "Europe alone", region: "eusc-de-east-1", bucket: "bucket", key: "k", want: "https://bucket.s3.eusc-de-east-1.amazonaws.eu/k"},
		{name: "government", region: "us-gov-west-1", bucket: "bucket", key: "k", want: "https://bucket.s3.us-gov-west-1.amazonaws.com/k"},
		{name: "isolated", region: "us-iso-east-1", bucket: "bucket", key: "k", want: "https://bucket.s3.us-iso-east-1.c2s.ic.gov/k"},
		{name: "more isolated", region: "us-isob-east-1", bucket: "bucket", key: "k", want: "https://bucket.s3.us-isob-east-1.sc2s.sgov.gov/k"},
		{name: "isolated in the south", region: "us-isof-south-1", bucket: "bucket", key: "k", want: "https://bucket.s3.us-isof-south-1.csp.hci.ic.gov/k"},
		{name: "isolated in Europe", region: "eu-isoe-west-1", bucket: "bucket", key: "k", want: "https://bucket.s3.eu-isoe-west-1.cloud.adc-e.uk/k"},
		{name: "FIPS", region: "us-east-2", bucket: "bucket", key: "k", config: awsconfig.Config{FIPS: true}, want: "https://bucket.s3-fips.us-east-2.amazonaws.com/k"},
		{name: "both protocols", region: "us-east-2", bucket: "bucket", key: "k", config: awsconfig.Config{DualStack: true}, want: "https://bucket.s3.dualstack.us-east-2.amazonaws.com/k"},
		{name: "FIPS and both protocols", region: "us-east-2", bucket: "bucket", key: "k", config: awsconfig.Config{FIPS: true, DualStack: true}, want: "https://bucket.s3-fips.dualstack.us-east-2.amazonaws.com/k"},
		{name: "bucket with a dot", region: "eu-west-1", bucket: "a.b", key: "k", want: "https://s3.eu-west-1.amazonaws.com/a.b/k"},
		{name: "bucket of old", region: "us-east-1", bucket: "Old_Bucket", key: "k", want: "https://s3.us-east-1.amazonaws.com/Old_Bucket/k"},
		{name: "key with all sorts", region: "eu-west-1", bucket: "bucket", key: "a b/ä+%2F&?#=:@!$'()*,;~[x]", want: "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/%C3%A4%2B%252F%26%3F%23%3D%3A%40%21%24%27%28%29%2A%2C%3B~%5Bx%5D"},
		{name: "key with dots and strokes", region: "eu-west-1", bucket: "bucket", key: "../a//./b/", want: "https://bucket.s3.eu-west-1.amazonaws.com/../a//./b/"},
		{name: "another store", region: "us-east-1", endpoint: "http://127.0.0.1:9000", bucket: "bucket", key: "a b", want: "http://127.0.0.1:9000/bucket/a%20b"},
		{name: "another store below a path", region: "us-east-1", endpoint: "https://store.test/s3/", bucket: "bucket", key: "k", want: "https://store.test/s3/bucket/k"},
		{name: "Amazon, said so", region: "eu-west-1", endpoint: "https://s3.eu-west-1.amazonaws.com", bucket: "bucket", key: "k", want: "https://bucket.s3.eu-west-1.amazonaws.com/k"},
		{name: "Amazon, by a private link", region: "eu-west-1", endpoint: "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com", bucket: "data", key: "k", want: "https://data.bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com/k"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := findPlace(test.bucket, test.endpoint, test.config)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.url(test.region, test.key).String(); got != test.want {
				t.Errorf("found at %s, want %s", got, test.want)
			}
			if got := asked(t, test.region, test.endpoint, test.bucket, test.key, test.config, p.inPath); got != test.want {
				t.Errorf("Amazon's library looks at %s, want %s", got, test.want)
			}
		})
	}
}

// TestNoPlace: an address that is none is refused before anything is sent.
func TestNoPlace(t *testing.T) {
	for _, endpoint := range []string{"store.test", "ftp://store.test", "https://", "://", "/path"} {
		if p, err := findPlace("bucket", endpoint, awsconfig.Config{}); err == nil {
			t.Errorf("%q is taken for the address %v", endpoint, p.endpoint)
		}
	}
}

// FuzzURL: whatever a key is, it is one path in the bucket, and no other bucket's.
func FuzzURL(f *testing.F) {
	for _, key := range []string{"a", "a b", "../x", "%2e%2e/x", "?a=b", "#", "ä", "\x00\xff", "//", "a;b"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		for _, endpoint := range []string{"", "http://127.0.0.1:1/s3"} {
			p, err := findPlace("bucket", endpoint, awsconfig.Config{})
			if err != nil {
				t.Fatal(err)
			}
			address := p.url("eu-west-1", key)
			parsed, err := url.Parse(address.String())
			if err != nil {
				t.Fatalf("%q is at %q, which is no address: %v", key, address, err)
			}
			want := "/" + key
			if endpoint != "" {
				want = "/s3/bucket"
				if key != "" {
					want += "/" + key
				}
			}
			if parsed.Path != want || parsed.RawQuery != "" || parsed.Fragment != "" || parsed.Host != address.Host {
				t.Errorf("%q is at %q: path %q, want %q", key, address, parsed.Path, want)
			}
			if parsed.EscapedPath() != escaped(want) {
				t.Errorf("%q is signed as %q and asked for as %q", key, escaped(want), parsed.EscapedPath())
			}
		}
	})
}
