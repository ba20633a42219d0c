package awsconfig

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // what names the files
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// signedOn gets the credentials of a role by single sign-on, with the token that
// `aws sso login` has left.
func (l *loader) signedOn(profile string, p section) (aws.CredentialsProvider, error) {
	named := p["sso_start_url"]
	session := p
	if name := p["sso_session"]; name != "" {
		found, there := l.config["sso-session "+name]
		if !there {
			return nil, fmt.Errorf("there is no sso-session %q, which the profile %q names", name, profile)
		}
		session, named = found, name
	}
	for _, needed := range []struct {
		from section
		key  string
	}{{session, "sso_region"}, {session, "sso_start_url"}, {p, "sso_account_id"}, {p, "sso_role_name"}} {
		if needed.from[needed.key] == "" {
			return nil, fmt.Errorf("the profile %q signs on, and has no %s", profile, needed.key)
		}
	}
	address, err := l.address("sso", "portal.sso", session["sso_region"])
	if err != nil {
		return nil, err
	}
	address += "/federation/credentials?" + url.Values{"account_id": {p["sso_account_id"]}, "role_name": {p["sso_role_name"]}}.Encode()
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		token, ok := l.readToken(named)
		if !ok {
			// Amazon's command line renews it, where it can be, and keeps what it got.
			return exported(profile, awsSSOLogin).Retrieve(ctx)
		}
		return l.roleCredentials(ctx, profile, address, token)
	}), nil
}

// readToken reads a token that still holds, of a session or, before there were
// sessions, of an address.
func (l *loader) readToken(named string) (string, bool) {
	if l.Home == "" {
		return "", false
	}
	sum := sha1.Sum([]byte(named)) //nolint:gosec // as Amazon's tools name the files
	text, err := readFile(filepath.Join(l.Home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json"))
	if err != nil {
		return "", false
	}
	var kept struct {
		AccessToken string `json:"accessToken"`
		ExpiresAt   string `json:"expiresAt"`
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return "", false
	}
	ends, err := time.Parse(time.RFC3339, kept.ExpiresAt)
	return kept.AccessToken, err == nil && kept.AccessToken != "" && time.Now().Before(ends)
}

func (l *loader) roleCredentials(ctx context.Context, profile, address, token string) (aws.Credentials, error) {
	var answer struct {
		Role struct {
			AccessKeyID     string `json:"accessKeyId"`
			SecretAccessKey string `json:"secretAccessKey"`
			SessionToken    string `json:"sessionToken"`
			Expiration      int64  `json:"expiration"` // in milliseconds since 1970
		} `json:"roleCredentials"`
	}
	err := l.ask(ctx, func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err == nil {
			r.Header.Set("X-Amz-Sso_bearer_token", token)
		}
		return r, err
	}, func(text []byte) error { return json.Unmarshal(text, &answer) }, ssoError)
	if e, ok := errors.AsType[*object.Error](err); ok {
		switch e.Status {
		case http.StatusUnauthorized:
			err = loggedOut(profile, awsSSOLogin, err)
		case http.StatusForbidden, http.StatusNotFound:
			e.Problem = fmt.Sprintf("the profile %q names an account or a role that its user does not have", profile)
		}
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	key := aws.Credentials{
		AccessKeyID: answer.Role.AccessKeyID, SecretAccessKey: answer.Role.SecretAccessKey, SessionToken: answer.Role.SessionToken,
		CanExpire: true, Expires: time.UnixMilli(answer.Role.Expiration),
	}
	if !key.HasKeys() {
		return aws.Credentials{}, senseless()
	}
	return key, nil
}

func ssoError(text []byte) string {
	var told struct {
		Type string `json:"__type"`
		Code string `json:"code"`
	}
	_ = json.Unmarshal(text, &told) // what cannot be read is not told
	return cmp.Or(told.Type, told.Code)
}
