package awsconfig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

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
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if parsed.Scheme != "https" {
			if err := beside(ctx, parsed.Hostname()); err != nil {
				return aws.Credentials{}, err
			}
		}
		return asked.Retrieve(ctx)
	}), nil
}

// beside refuses a host that is neither this machine nor the service of ECS or EKS
// on it: what is said to others over HTTP, everybody on the way reads.
func beside(ctx context.Context, host string) error {
	addresses, err := net.DefaultResolver.LookupIP(ctx, "ip", host)
	if err != nil {
		return ofService(object.FromNetwork(err), host)
	}
	for _, ip := range addresses {
		if !ip.IsLoopback() && !slices.Contains([]string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}, ip.String()) {
			return &object.Error{Kind: object.Denied, Problem: fmt.Sprintf("credentials come over HTTP from this machine alone, not from %q", host)}
		}
	}
	return nil
}
