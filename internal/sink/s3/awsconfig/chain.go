package awsconfig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// provider is the first way to credentials that the configuration shows: a key in
// the environment, web identity, the profile, the container, the machine.
func (l *loader) provider() (aws.CredentialsProvider, error) {
	provider, err := l.first()
	if err != nil {
		return nil, err
	}
	return kept(provider), nil
}

// kept keeps what a provider gives until shortly before it ends.
func kept(p aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = time.Minute })
}

func (l *loader) first() (aws.CredentialsProvider, error) {
	if key := l.environmentKey(); key.HasKeys() {
		return fixed(key), nil
	}
	if file := l.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"); file != "" {
		return l.webIdentity(file, l.Getenv("AWS_ROLE_ARN"), l.Getenv("AWS_ROLE_SESSION_NAME"))
	}
	return l.fromProfile(l.name, nil)
}

func fixed(key aws.Credentials) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil })
}

func (l *loader) environmentKey() aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     cmp.Or(l.Getenv("AWS_ACCESS_KEY_ID"), l.Getenv("AWS_ACCESS_KEY")),
		SecretAccessKey: cmp.Or(l.Getenv("AWS_SECRET_ACCESS_KEY"), l.Getenv("AWS_SECRET_KEY")),
		SessionToken:    l.Getenv("AWS_SESSION_TOKEN"),
	}
}

// fromProfile is the way that a profile shows. following are the profiles that led to
// it as their source: there it has to have credentials, and one that comes a second
// time counts with what it has itself.
func (l *loader) fromProfile(name string, following []string) (aws.CredentialsProvider, error) {
	p, there, err := l.profile(name)
	if err != nil {
		return nil, err
	}
	if !there && len(following) > 0 {
		return nil, fmt.Errorf("there is no profile %q, which %q takes as its source", name, following[len(following)-1])
	}
	if slices.Contains(following, name) {
		for _, key := range []string{"role_arn", "source_profile", "credential_source"} {
			delete(p, key)
		}
	}
	if err := checkRole(name, p); err != nil {
		return nil, err
	}
	key := aws.Credentials{AccessKeyID: p[keyID], SecretAccessKey: p[keySecret], SessionToken: p[sessionToken]}
	var base aws.CredentialsProvider
	switch {
	case len(following) > 0 && key.HasKeys():
		base = fixed(key)
	case p["source_profile"] != "":
		base, err = l.fromProfile(p["source_profile"], append(slices.Clone(following), name))
	case key.HasKeys():
		base = fixed(key)
	case p["credential_source"] != "":
		base, err = l.fromSource(p["credential_source"])
	case p["web_identity_token_file"] != "":
		return l.webIdentity(p["web_identity_token_file"], p["role_arn"], p["role_session_name"])
	case p["sso_session"] != "" || p["sso_account_id"] != "" || p["sso_start_url"] != "":
		base, err = l.signedOn(name, p)
	case p["login_session"] != "":
		base = exported(name, awsLogin)
	case p["credential_process"] != "":
		base = processcreds.NewProvider(p["credential_process"])
	case len(following) > 0:
		return nil, fmt.Errorf("the profile %q, which %q takes as its source, has no credentials", name, following[len(following)-1])
	default:
		base, err = l.fromPlace()
	}
	if err != nil || p["role_arn"] == "" {
		return base, err
	}
	return l.role(kept(base), p)
}

// checkRole refuses what contradicts itself, or lacks the role that it is about.
func checkRole(name string, p section) error {
	if p["source_profile"] != "" && p["credential_source"] != "" {
		return fmt.Errorf("the profile %q has source_profile and credential_source, which contradict each other", name)
	}
	for _, key := range []string{"source_profile", "credential_source", "web_identity_token_file"} {
		if p[key] != "" && p["role_arn"] == "" {
			return fmt.Errorf("the profile %q has %s and no role_arn", name, key)
		}
	}
	return nil
}

// fromSource is what a profile's credential_source names.
func (l *loader) fromSource(source string) (aws.CredentialsProvider, error) {
	switch source {
	case "Environment":
		if key := l.environmentKey(); key.HasKeys() {
			return fixed(key), nil
		}
		return nil, errors.New("credential_source is Environment, and AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set")
	case "EcsContainer":
		provider, err := l.container()
		if provider == nil && err == nil {
			err = errors.New("credential_source is EcsContainer, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set")
		}
		return provider, err
	case "Ec2InstanceMetadata":
		return l.machine(), nil
	}
	return nil, fmt.Errorf("credential_source is one of Environment, EcsContainer and Ec2InstanceMetadata, not %q", source)
}

// fromPlace is what the container or the machine offers that this runs in.
func (l *loader) fromPlace() (aws.CredentialsProvider, error) {
	if provider, err := l.container(); provider != nil || err != nil {
		return provider, err
	}
	return l.machine(), nil
}

func (l *loader) machine() aws.CredentialsProvider {
	options := imds.Options{
		ClientEnableState: imds.ClientEnabled,
		Endpoint:          l.either("ec2_metadata_service_endpoint", "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
	}
	if isTrue(l.Getenv("AWS_EC2_METADATA_DISABLED")) {
		options.ClientEnableState = imds.ClientDisabled
	}
	if strings.EqualFold(l.either("ec2_metadata_service_endpoint_mode", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "ipv6") {
		options.EndpointMode = imds.EndpointModeStateIPv6
	}
	if isTrue(l.either("ec2_metadata_v1_disabled", "AWS_EC2_METADATA_V1_DISABLED")) {
		options.EnableFallback = aws.FalseTernary
	}
	return ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = imds.New(options) })
}

// exported has Amazon's command line say the credentials of a profile to which only it
// knows the way. again is how the user logs in, which helps where it does not.
func exported(profile, again string) aws.CredentialsProvider {
	ask := processcreds.NewProviderCommand(processcreds.NewCommandBuilderFunc(func(ctx context.Context) (*exec.Cmd, error) {
		return exec.CommandContext(ctx, "aws", "configure", "export-credentials", "--format", "process", "--profile", profile), nil //nolint:gosec // the user's own profile
	}))
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		key, err := ask.Retrieve(ctx)
		switch {
		case err == nil, ctx.Err() != nil:
			return key, err
		case errors.Is(err, exec.ErrNotFound):
			return key, &object.Error{Kind: object.Denied, Problem: fmt.Sprintf("the credentials of the profile %q come from Amazon's command line, aws, which is not installed", profile), Err: err}
		}
		return key, loggedOut(profile, again, err)
	})
}

func loggedOut(profile, again string, err error) error {
	return &object.Error{
		Kind: object.Denied, Problem: fmt.Sprintf("nobody is logged in to the profile %q any more", profile), Err: err,
		Hint: fmt.Sprintf("log in with `%s --profile %s`", again, profile),
	}
}

// The ways to log in.
const (
	awsLogin    = "aws login"
	awsSSOLogin = "aws sso login"
)
