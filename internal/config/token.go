package config

import (
	"encoding/json"
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

// findToken looks at one place after the other and reads no file that is not
// needed. A profile that was asked for on the command line comes before
// APIFY_TOKEN, as flags come before the environment. No token anywhere is no
// error.
func findToken(flags Flags, environment Environment, profileName string, chosen profile) (token secret.Text, source string, err error) {
	fromVariable := func() (secret.Text, string, error) {
		token, err := parseToken(environment.Getenv("APIFY_TOKEN"), "APIFY_TOKEN")
		return token, "APIFY_TOKEN", err
	}
	fromProfile := func() (secret.Text, string, error) { return tokenOfProfile(environment, profileName, chosen) }
	places := []func() (secret.Text, string, error){fromVariable, fromProfile}
	if flags.ProfileSet {
		places[0], places[1] = fromProfile, fromVariable
	}
	for _, place := range places {
		if token, source, err = place(); token != "" || err != nil {
			return token, source, err
		}
	}
	if environment.HomeDir == "" {
		return "", "", nil
	}
	const official = "~/.apify/auth.json"
	text, err := readOfficialToken(filepath.Join(environment.HomeDir, ".apify", "auth.json"))
	if err != nil {
		return "", "", err
	}
	if token, err = parseToken(text, official); token == "" || err != nil {
		return "", "", err
	}
	return token, official, nil
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

// readOfficialToken reads what `apify login` left. Newer versions of it may
// keep the token in the system's keyring instead; then the file has none.
func readOfficialToken(path string) (string, error) {
	data, err := readFile(path, false)
	if err != nil || data == nil {
		return "", err
	}
	var file struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(data, &file) != nil {
		// The reason could quote the file.
		return "", &FileError{Path: path, Problem: "not the JSON that the official CLI writes"}
	}
	return file.Token, nil
}
