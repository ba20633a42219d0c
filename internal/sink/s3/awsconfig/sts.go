package awsconfig

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// stsVersion is that of the API, the only one that there is.
const stsVersion = "2011-06-15"

// usualDuration is how many seconds a role is taken for: the least that there is.
const usualDuration = 900

// role takes a role with other credentials (AssumeRole).
func (l *loader) role(base aws.CredentialsProvider, p section) (aws.CredentialsProvider, error) {
	if p["mfa_serial"] != "" {
		return nil, fmt.Errorf("the role %s wants a code of a device, which is asked for nowhere here; log in with Amazon's tools, and export the credentials", p["role_arn"])
	}
	seconds, err := strconv.Atoi(p["duration_seconds"])
	if err != nil || seconds < usualDuration {
		seconds = usualDuration
	}
	form := url.Values{
		"Version": {stsVersion}, "Action": {"AssumeRole"}, "RoleArn": {p["role_arn"]}, "RoleSessionName": {sessionName(p["role_session_name"])},
		"DurationSeconds": {strconv.Itoa(seconds)},
	}
	if id := p["external_id"]; id != "" {
		form.Set("ExternalId", id)
	}
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		key, err := base.Retrieve(ctx)
		if err != nil {
			return aws.Credentials{}, err
		}
		return l.assume(ctx, form, key)
	}), nil
}

// webIdentity takes a role with a token that another service has issued
// (AssumeRoleWithWebIdentity): Kubernetes' in EKS, GitHub's in its workflows.
func (l *loader) webIdentity(file, role, session string) (aws.CredentialsProvider, error) {
	if role == "" {
		return nil, errors.New("there is a file with a token of web identity, and no role: set AWS_ROLE_ARN")
	}
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		token, err := readFile(file) // each time: it is renewed there
		if err != nil {
			return aws.Credentials{}, &object.Error{Kind: object.Denied, Problem: fmt.Sprintf("the token of web identity in %s cannot be read", file), Err: err}
		}
		return l.assume(ctx, url.Values{
			"Version": {stsVersion}, "Action": {"AssumeRoleWithWebIdentity"}, "RoleArn": {role}, "RoleSessionName": {sessionName(session)},
			"WebIdentityToken": {string(token)},
		}, aws.Credentials{})
	}), nil
}

func sessionName(configured string) string {
	return cmp.Or(configured, "apifyctl-"+strconv.FormatInt(time.Now().UnixNano(), 10))
}

// assume asks STS for the credentials of a role. Without key the request is not
// signed, since the token in it says who asks.
func (l *loader) assume(ctx context.Context, form url.Values, key aws.Credentials) (aws.Credentials, error) {
	region := cmp.Or(l.region, UsualRegion)
	address, err := l.address("sts", "sts", region)
	if err != nil {
		return aws.Credentials{}, err
	}
	body := form.Encode()
	var answer struct {
		Role struct{ Credentials stsKey } `xml:"AssumeRoleResult"`
		Web  struct{ Credentials stsKey } `xml:"AssumeRoleWithWebIdentityResult"`
	}
	err = l.ask(ctx, func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/", strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if !key.HasKeys() {
			return r, nil
		}
		sum := sha256.Sum256([]byte(body))
		return r, v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "sts", region, time.Now())
	}, func(text []byte) error { return xml.Unmarshal(text, &answer) }, stsError)
	if e, ok := errors.AsType[*object.Error](err); ok && e.Kind == object.Denied && e.Status != 0 {
		e.Problem, e.Hint = "the role "+form.Get("RoleArn")+" cannot be taken", hintOf(e.Code)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return cmp.Or(answer.Role.Credentials, answer.Web.Credentials).credentials()
}

// hintOf says what helps against an error of STS.
func hintOf(code string) string {
	switch code {
	case "ExpiredToken", "ExpiredTokenException":
		return "what shows who takes it has ended: get a new token, or new credentials"
	case "InvalidClientTokenId", "UnrecognizedClientException":
		return "the credentials that take it are not known"
	case "SignatureDoesNotMatch", "RequestExpired":
		return "check the secret key of the credentials that take it, and this machine's clock"
	case "InvalidIdentityToken":
		return "check which provider of identities the role trusts, and whose token this is"
	}
	return "check whom the role trusts, and what the credentials may do"
}

// stsKey is a key in an answer of STS.
type stsKey struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func (k stsKey) credentials() (aws.Credentials, error) {
	expires, err := time.Parse(time.RFC3339, k.Expiration)
	if err != nil || k.AccessKeyID == "" || k.SecretAccessKey == "" {
		return aws.Credentials{}, senseless()
	}
	return aws.Credentials{
		AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken, CanExpire: true, Expires: expires,
	}, nil
}

func stsError(text []byte) (code string) {
	var told struct {
		Error struct{ Code string }
	}
	_ = xml.Unmarshal(text, &told) // what cannot be read is not told
	return told.Error.Code
}
