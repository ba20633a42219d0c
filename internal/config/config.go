// Package config decides which account, API and directory a command works with,
// from flags, environment variables and files of settings. Nothing else in the
// program reads these.
package config

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// Config is what flags, environment, profile and defaults amount to.
type Config struct {
	Local       string // storage directory to work on instead of the cloud; "" for the cloud. Nothing below is set with it
	APIURL      string // without a trailing slash and without /v2
	Token       secret.Text
	TokenSource string // "APIFY_TOKEN", "profile work", "~/.apify/auth.json"
	Profile     string // lower case
	Warning     string // about where the token is kept; "" for none
}

// Flags are the flags of the root command that matter here. Set says that a
// flag was given on the command line.
type Flags struct {
	Local, APIURL, Profile          string
	LocalSet, APIURLSet, ProfileSet bool
}

// Environment is where variables and files are read from.
type Environment struct {
	Getenv    func(string) string
	HomeDir   string // holds .apify/auth.json; "": there is none
	ConfigDir string // holds apifyctl/config.yaml; "": there is none
	CacheDir  string // holds apifyctl/resume
	// Warn is told what is not as it should be in a file of settings; nil: nobody.
	Warn func(string)
}

func (e Environment) warn(text string) {
	if e.Warn != nil {
		e.Warn(text)
	}
}

// SystemEnvironment is the process's environment and the user's directories,
// by the XDG rules or, on macOS and Windows, by those of the system.
func SystemEnvironment() Environment {
	return Environment{Getenv: os.Getenv, HomeDir: xdg.Home, ConfigDir: xdg.ConfigHome, CacheDir: xdg.CacheHome}
}

// Load decides, without any network. In this order:
//
//   - a directory: --local, APIFY_LOCAL_STORAGE_DIR, the profile's local;
//   - the cloud, if there is a token: that of --profile, APIFY_TOKEN, the current
//     profile's, that of the official CLI;
//   - the directory CRAWLEE_STORAGE_DIR.
//
// --api-url and --profile on the command line ask for an account, so the
// variables that name a directory are then passed over; --api-url also passes
// over the profile's directory. A profile that --profile names is as a flag:
// its token and its API come before the variables for these, so that no account
// is taken for another. A variable that is empty is not set.
//
// A token that is kept, by a profile or the official CLI, is for the API that it
// was kept for: another address, wherever it comes from, needs APIFY_TOKEN.
//
// Errors: ErrNoAccount, *ForeignTokenError, *ValueError, *FileError, and those of
// reading a file.
func Load(flags Flags, environment Environment) (*Config, error) {
	accountAsked := flags.APIURLSet || flags.ProfileSet
	if flags.LocalSet {
		if flags.Local == "" {
			return nil, &ValueError{"--local", "a directory is missing"}
		}
		return &Config{Local: flags.Local}, nil
	}
	if dir := environment.Getenv("APIFY_LOCAL_STORAGE_DIR"); dir != "" && !accountAsked {
		return &Config{Local: dir}, nil
	}

	file, err := environment.readSettings()
	if err != nil {
		return nil, err
	}
	name, profile, err := chooseProfile(flags, environment, file)
	if err != nil {
		return nil, err
	}
	if profile.Local != "" && !flags.APIURLSet {
		return &Config{Local: environment.expandHome(profile.Local), Profile: name}, nil
	}
	c := &Config{Profile: name}
	if c.APIURL, err = chooseAPIURL(flags, environment, name, profile); err != nil {
		return nil, err
	}
	token, err := findToken(flags, environment, name, profile, c.APIURL)
	if err != nil {
		return nil, err
	}
	c.Token, c.TokenSource, c.Warning = token.token, token.source, token.warning
	if c.Token != "" {
		return c, nil
	}
	if dir := environment.Getenv("CRAWLEE_STORAGE_DIR"); dir != "" && !accountAsked {
		return &Config{Local: dir, Profile: name}, nil
	}
	return nil, ErrNoAccount
}

// LoadAccount is Load without the variables that name a directory.
func LoadAccount(flags Flags, environment Environment) (*Config, error) {
	getenv := environment.Getenv
	environment.Getenv = func(name string) string {
		if name == "APIFY_LOCAL_STORAGE_DIR" || name == "CRAWLEE_STORAGE_DIR" {
			return ""
		}
		return getenv(name)
	}
	return Load(flags, environment)
}

// String is for logs; the token is not in it.
func (c Config) String() string {
	if c.Local != "" {
		return "local storage directory " + c.Local
	}
	return fmt.Sprintf("%s, profile %s, token from %s", c.APIURL, c.Profile, c.TokenSource)
}

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

func (e Environment) settingsPath() string {
	return e.inConfigDir("config.yaml")
}

func (e Environment) credentialsPath() string {
	return e.inConfigDir("credentials.yaml")
}

func (e Environment) inConfigDir(name string) string {
	if e.ConfigDir == "" {
		return ""
	}
	return filepath.Join(e.ConfigDir, "apifyctl", name)
}

// expandHome does to a path in a file what the shell does to one in a command.
func (e Environment) expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || e.HomeDir == "" || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	return filepath.Join(e.HomeDir, rest)
}
