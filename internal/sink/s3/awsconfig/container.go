package awsconfig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// containerHost is where ECS answers tasks.
const containerHost = "http://169.254.170.2"

// container asks the service beside a container; nil where none is named.
func (l *loader) container() (aws.CredentialsProvider, error) {
	address := l.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if path := l.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		address = containerHost + path
	}
	if address == "" {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return nil, errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI is no address")
	}
	token, file := l.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"), l.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
	asked := endpointcreds.New(address, func(o *endpointcreds.Options) {
		o.HTTPClient = l.Client
		o.AuthorizationToken = token
		if file != "" {
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
				text, err := readFile(file) // each time: it is renewed there
				return string(text), err
			})
		}
	})
	provider := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if parsed.Scheme != "https" && !beside(ctx, parsed.Hostname()) {
			return aws.Credentials{}, &object.Error{Kind: object.Denied, Problem: fmt.Sprintf("credentials come over HTTP from this machine alone, not from %q", parsed.Hostname())}
		}
		return asked.Retrieve(ctx)
	})
	return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 5 * time.Minute }), nil
}

// beside tells whether a host is this machine, or the service of ECS or EKS on it:
// what is said to others over HTTP, everybody on the way reads.
func beside(ctx context.Context, host string) bool {
	addresses, err := net.DefaultResolver.LookupIP(ctx, "ip", host)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(addresses, func(ip net.IP) bool {
		return !ip.IsLoopback() && !slices.Contains([]string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}, ip.String())
	})
}
