package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// credentials is credentials.yaml: what config.yaml must not hold.
type credentials struct {
	Profiles map[string]struct {
		Token string `mapstructure:"token"`
	} `mapstructure:"profiles"`
}

// found is a token, and where it was found.
type found struct {
	token   secret.Text
	source  string
	address string // the API that it is kept for; "" for any
	warning string
}

// findToken looks at one place after the other and reads no file that is not
// needed. A profile that was asked for on the command line comes before
// APIFY_TOKEN, as flags come before the environment. No token anywhere is no
// error; a token that is kept for another API than apiURL is a *ForeignTokenError
// where there is no other.
func findToken(flags Flags, environment Environment, profileName string, chosen profile, apiURL string) (found, error) {
	fromVariable := func() (found, error) {
		token, err := parseToken(environment.Getenv("APIFY_TOKEN"), "APIFY_TOKEN")
		return found{token: token, source: "APIFY_TOKEN"}, err
	}
	fromProfile := func() (found, error) {
		token, source, err := tokenOfProfile(environment, profileName, chosen)
		return found{token: token, source: source, address: cmp.Or(chosen.APIURL, defaultAPIURL)}, err
	}
	fromOfficial := func() (found, error) { return officialToken(environment) }
	places := []func() (found, error){fromVariable, fromProfile, fromOfficial}
	if flags.ProfileSet {
		places[0], places[1] = fromProfile, fromVariable
	}
	var foreign error
	for _, place := range places {
		f, err := place()
		switch {
		case err != nil:
			return found{}, err
		case f.token == "":
		case f.address != "" && !sameServer(f.address, apiURL):
			foreign = cmp.Or(foreign, error(&ForeignTokenError{Source: f.source, Address: f.address, Wanted: apiURL}))
		default:
			return f, nil
		}
	}
	return found{}, foreign
}

// HideTokens takes the variables that hold tokens out of this process's
// environment, which programs that it starts would get.
func HideTokens() error {
	return errors.Join(os.Unsetenv("APIFY_TOKEN"), os.Unsetenv("APIFYCTL_SERVE_TOKENS"))
}

// tokenOfProfile is what `login` kept.
func tokenOfProfile(environment Environment, profileName string, chosen profile) (secret.Text, string, error) {
	source := "profile " + profileName
	var text string
	var err error
	if chosen.TokenIn == inKeyring {
		text, err = tokenFromKeyring(profileName)
		source += " (keyring)"
	} else {
		var file *credentials
		if file, err = readCredentials(environment.credentialsPath()); err == nil {
			text = file.Profiles[profileName].Token
		}
	}
	if err != nil {
		return "", "", err
	}
	token, err := parseToken(text, source)
	return token, source, err
}

// ParseToken is a token as it was typed or pasted.
func ParseToken(text string) (secret.Text, error) {
	token, err := parseToken(text, "token")
	if err == nil && token == "" {
		err = &ValueError{"token", "it is empty"}
	}
	return token, err
}

// parseToken strips white space, which files and copying leave behind, and
// refuses what cannot stand in a header. The token is not part of the error.
func parseToken(text, source string) (secret.Text, error) {
	text = strings.TrimSpace(text)
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return "", &ValueError{source, "the token holds a space, a control character or a letter that no token has"}
		}
	}
	return secret.Text(text), nil
}

// officialToken is what `apify login` left. Newer versions of it may keep the token
// in the system's keyring instead; then the file has none.
func officialToken(environment Environment) (found, error) {
	const name = "~/.apify/auth.json"
	if environment.HomeDir == "" {
		return found{}, nil
	}
	path := filepath.Join(environment.HomeDir, ".apify", "auth.json")
	data, err := readFile(path, foreignFile)
	if err != nil || data == nil {
		return found{}, err
	}
	var file struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(data, &file) != nil {
		// The reason could quote the file.
		return found{}, &FileError{Path: path, Problem: "not the JSON that the official CLI writes"}
	}
	f := found{source: name, address: defaultAPIURL}
	if f.token, err = parseToken(file.Token, name); err != nil {
		return found{}, err
	}
	if mode := modeOf(path); f.token != "" && mode&0o077 != 0 {
		f.warning = fmt.Sprintf("%s holds a token, and other users can read it (mode %04o); chmod 600 %[1]s", name, mode)
	}
	return f, nil
}
