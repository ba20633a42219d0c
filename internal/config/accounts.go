package config

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// inKeyring is the value of a profile's token-in: without it the keyring, which
// takes time to ask, is left alone.
const inKeyring = "keyring"

// Login is the account that `login` is about: a profile, which need not exist
// yet, and the API that its token will be sent to.
func Login(flags Flags, environment Environment) (profileName, apiURL string, err error) {
	file, err := environment.readSettings()
	if err != nil {
		return "", "", err
	}
	name, source := profileChoice(flags, environment, file)
	if err := validProfile(name, source); err != nil {
		return "", "", err
	}
	name = strings.ToLower(name)
	apiURL, err = chooseAPIURL(flags, environment, name, file.Profiles[name])
	return name, apiURL, err
}

// SaveLogin keeps a token, in the system's keyring where that is wanted and
// works, else in a file that only its owner can read. It returns where, and why
// not in the keyring.
func SaveLogin(environment Environment, profileName, apiURL string, token secret.Text, wantKeyring bool) (place string, keyringErr, err error) {
	where := ""
	if wantKeyring {
		if keyringErr = tokenToKeyring(profileName, token); keyringErr == nil {
			where = inKeyring
		}
	}
	inFile := token.Reveal()
	if where == inKeyring {
		inFile = ""
	}
	if inFile != "" || exists(environment.credentialsPath()) {
		if err := edit(environment.credentialsPath(), true, []string{"profiles", profileName, "token"}, inFile); err != nil {
			return "", keyringErr, err
		}
	}
	if apiURL == defaultAPIURL {
		apiURL = ""
	}
	for member, value := range map[string]string{"api-url": apiURL, "token-in": where} {
		keys := []string{"profiles", profileName, member}
		if value == "" && profileName == defaultProfile && !exists(environment.settingsPath()) {
			continue
		}
		if err := edit(environment.settingsPath(), false, keys, value); err != nil {
			return "", keyringErr, err
		}
	}
	if err := mention(environment, profileName); err != nil {
		return "", keyringErr, err
	}
	if where == inKeyring {
		return "the system's keyring", keyringErr, nil
	}
	return environment.credentialsPath(), keyringErr, nil
}

// mention sees to it that config.yaml has the profile: one that it lacks counts
// as misspelt.
func mention(environment Environment, profileName string) error {
	file, err := environment.readSettings()
	if err != nil || profileName == defaultProfile {
		return err
	}
	if _, ok := file.Profiles[profileName]; ok {
		return nil
	}
	return edit(environment.settingsPath(), false, []string{"profiles", profileName, "api-url"}, defaultAPIURL)
}

// Logout forgets the token of a profile, wherever it is. forgotten tells whether
// there was one.
func Logout(flags Flags, environment Environment) (profileName string, forgotten bool, err error) {
	file, err := environment.readSettings()
	if err != nil {
		return "", false, err
	}
	name, chosen, err := chooseProfile(flags, environment, file)
	if err != nil {
		return "", false, err
	}
	credentials, err := readCredentials(environment.credentialsPath())
	if err != nil {
		return name, false, err
	}
	if credentials.Profiles[name].Token != "" {
		forgotten = true
		if err := edit(environment.credentialsPath(), true, []string{"profiles", name}, ""); err != nil {
			return name, false, err
		}
	}
	if chosen.TokenIn != inKeyring {
		return name, forgotten, nil
	}
	if err := removeFromKeyring(name); err != nil {
		return name, forgotten, err
	}
	return name, true, edit(environment.settingsPath(), false, []string{"profiles", name, "token-in"}, "")
}

// Profile is one account or directory of the configuration file. Its members are
// called as the flags are.
type Profile struct {
	Name    string `json:"profile"`
	Current bool   `json:"current"`
	APIURL  string `json:"api-url"`
	Local   string `json:"local,omitempty"`
	Token   string `json:"token"` // where it is: "keyring", "file", "" for none; never the token
}

// Profiles lists what config.yaml and the logins have, by name, and the profile
// "default" always.
func Profiles(flags Flags, environment Environment) ([]Profile, error) {
	file, err := environment.readSettings()
	if err != nil {
		return nil, err
	}
	current, _, err := chooseProfile(flags, environment, file)
	if err != nil {
		return nil, err
	}
	credentials, err := readCredentials(environment.credentialsPath())
	if err != nil {
		return nil, err
	}
	names := append(slices.Collect(maps.Keys(file.Profiles)), slices.Collect(maps.Keys(credentials.Profiles))...)
	names = append(names, defaultProfile)
	slices.Sort(names)
	var profiles []Profile
	for _, name := range slices.Compact(names) {
		one := file.Profiles[name]
		listed := Profile{Name: name, Current: name == current, APIURL: one.APIURL, Local: one.Local, Token: one.TokenIn}
		if listed.APIURL == "" {
			listed.APIURL = defaultAPIURL
		}
		if credentials.Profiles[name].Token != "" {
			listed.Token = "file"
		}
		profiles = append(profiles, listed)
	}
	return profiles, nil
}

// Settings are the members of a profile that `config set` changes.
func Settings() []string { return []string{"api-url", "local"} }

// Set changes a member of the chosen profile, which need not exist yet; ""
// removes it.
func Set(flags Flags, environment Environment, member, value string) (profileName string, err error) {
	name, _, err := Login(Flags{Profile: flags.Profile, ProfileSet: flags.ProfileSet}, environment)
	if err != nil {
		return "", err
	}
	if member == "api-url" && value != "" {
		if value, err = parseAPIURL(value, "api-url"); err != nil {
			return name, err
		}
	}
	return name, edit(environment.settingsPath(), false, []string{"profiles", name, member}, value)
}

// Use makes a profile the current one. It has to exist.
func Use(environment Environment, name string) error {
	file, err := environment.readSettings()
	if err != nil {
		return err
	}
	name, _, err = chooseProfile(Flags{Profile: name, ProfileSet: true}, environment, file)
	if err != nil {
		var value *ValueError
		if errors.As(err, &value) {
			value.Source = "config use"
		}
		return err
	}
	return edit(environment.settingsPath(), false, []string{"current-profile"}, name)
}

// Path is the file of settings.
func (e Environment) Path() string { return e.settingsPath() }

func validProfile(name, source string) error {
	for _, c := range name {
		if c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return &ValueError{source, "a profile's name has letters, digits, dots, hyphens and underscores"}
		}
	}
	if name == "" {
		return &ValueError{source, "a name is missing"}
	}
	return nil
}
