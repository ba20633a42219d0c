package config

import (
	"encoding/json"
	"path/filepath"
	"strings"
)

// credentials is credentials.yaml: what config.yaml must not hold.
type credentials struct {
	Profiles map[string]struct {
		Token string `mapstructure:"token"`
	} `mapstructure:"profiles"`
}

// findToken looks at one place after the other and reads no file that is not
// needed. No token anywhere is no error.
func findToken(environment Environment, profileName string) (token Secret, source string, err error) {
	if token, err = parseToken(environment.Getenv("APIFY_TOKEN"), "APIFY_TOKEN"); token != "" || err != nil {
		return token, "APIFY_TOKEN", err
	}
	file, err := readCredentials(environment.credentialsPath())
	if err != nil {
		return "", "", err
	}
	source = "profile " + profileName
	if token, err = parseToken(file.Profiles[profileName].Token, source); token != "" || err != nil {
		return token, source, err
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

// parseToken strips white space, which files and copying leave behind, and
// refuses what cannot stand in a header. The token is not part of the error.
func parseToken(text, source string) (Secret, error) {
	text = strings.TrimSpace(text)
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return "", &ValueError{source, "the token holds a space, a control character or a letter that no token has"}
		}
	}
	return Secret(text), nil
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
