// Package awsconfig reads what Amazon's own tools read: the environment, and the
// profiles in ~/.aws/config and ~/.aws/credentials. It finds the region, the
// addresses of services, and credentials, by the rules of Amazon's library for Go.
// The tests hold what is found against that library, which itself would cost every
// start of the program a millisecond.
package awsconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// UsualRegion is where requests go that nothing has a region for; stores that have
// none are told this one.
const UsualRegion = "us-east-1"

// Environment is where the configuration is found, and how services are asked.
type Environment struct {
	Getenv  func(string) string
	Home    string // the user's folder; "": there is none, and nothing is read from it
	Client  *http.Client
	Retries object.Retries
}

// Config is what was found.
type Config struct {
	Region    string // "": nothing says one
	Endpoint  string // of S3; "": Amazon's own
	FIPS      bool   // of Amazon's own addresses
	DualStack bool

	// PlainChecksums says that checksums go only where they must.
	PlainChecksums bool

	Credentials aws.CredentialsProvider
}

// loader has what the files say.
type loader struct {
	Environment
	config, credentials map[string]section

	name      string  // of the profile
	own       section // what is in it
	region    string
	fips      bool
	dualStack bool
}

// Load finds the configuration. Nothing is asked for credentials yet.
func Load(e Environment) (Config, error) {
	l := &loader{Environment: e}
	if err := l.read(); err != nil {
		return Config{}, err
	}
	l.region = l.either("region", "AWS_REGION", "AWS_DEFAULT_REGION")
	l.fips = isTrue(l.either("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"))
	l.dualStack = isTrue(l.either("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"))
	found := Config{
		Region: l.region, Endpoint: l.endpointS3(), FIPS: l.fips, DualStack: l.dualStack,
		PlainChecksums: strings.EqualFold(l.either("request_checksum_calculation", "AWS_REQUEST_CHECKSUM_CALCULATION"), "when_required"),
	}
	provider, err := l.provider()
	found.Credentials = provider
	return found, err
}

func (l *loader) read() (err error) {
	config, credentials := l.file("AWS_CONFIG_FILE", "config"), l.file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
	l.config, l.credentials = readSections(config), readSections(credentials)
	named := cmp.Or(l.Getenv("AWS_PROFILE"), l.Getenv("AWS_DEFAULT_PROFILE"))
	l.name = cmp.Or(named, "default")
	var there bool
	if l.own, there, err = l.profile(l.name); err == nil && !there && named != "" {
		err = fmt.Errorf("there is no profile %q%s", named, unreadable(config, credentials))
	}
	return err
}

// unreadable says which files may not be read.
func unreadable(paths ...string) (told string) {
	for _, path := range paths {
		if _, err := readFile(path); errors.Is(err, fs.ErrPermission) {
			told += ", and " + path + " may not be read"
		}
	}
	return told
}

// file is where a variable says, or in the user's folder; "" is nowhere.
func (l *loader) file(variable, name string) string {
	if path := l.Getenv(variable); path != "" || l.Home == "" {
		return path
	}
	return filepath.Join(l.Home, ".aws", name)
}

// The names of a key, in a profile.
const (
	keyID        = "aws_access_key_id"
	keySecret    = "aws_secret_access_key" //nolint:gosec // a name
	sessionToken = "aws_session_token"
)

// profile puts together what both files say: the file of credentials has the last
// word, and a key of it takes the place of a whole one.
func (l *loader) profile(name string) (section, bool, error) {
	merged := section{}
	known, there := l.config["profile "+name]
	if !there && name == "default" {
		known, there = l.config[name]
	}
	maps.Copy(merged, known)
	secret, more := l.credentials[name]
	for _, from := range []section{known, secret} {
		if (from[keyID] == "") != (from[keySecret] == "") {
			return nil, false, fmt.Errorf("the profile %q has one of %s and %s, and not the other", name, keyID, keySecret)
		}
	}
	if secret[keyID] != "" {
		delete(merged, sessionToken)
	}
	maps.Copy(merged, secret)
	return merged, there || more, nil
}

// either is the first of variables that is set, or what the profile says.
func (l *loader) either(key string, variables ...string) string {
	for _, name := range variables {
		if value := l.Getenv(name); value != "" {
			return value
		}
	}
	return l.own[key]
}

// isTrue is how a switch is on; what is neither true nor false counts as off.
func isTrue(text string) bool { return strings.EqualFold(text, "true") }
