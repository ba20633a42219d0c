package config

import (
	"fmt"
	"strings"
)

const defaultProfile = "default"

// settings is config.yaml. Names of profiles and members do not depend on case.
type settings struct {
	CurrentProfile string             `mapstructure:"current-profile"`
	Profiles       map[string]profile `mapstructure:"profiles"`
	path           string             `mapstructure:"-"`
}

// profile is where one account, or one directory, is. Its token is kept
// elsewhere, so that config.yaml can be shown and shared.
type profile struct {
	APIURL  string `mapstructure:"api-url"`
	Local   string `mapstructure:"local"`
	TokenIn string `mapstructure:"token-in"` // "keyring", or "" for credentials.yaml
}

// chooseProfile takes the profile of --profile, APIFYCTL_PROFILE or
// current-profile. The profile "default" needs no entry in the file; every
// other one does, lest a slip of the pen works on another account.
func chooseProfile(flags Flags, environment Environment, file *settings) (string, profile, error) {
	name, source := profileChoice(flags, environment, file)
	if name == "" {
		return "", profile{}, &ValueError{source, "a name is missing"}
	}
	name = strings.ToLower(name)
	chosen, ok := file.Profiles[name]
	if !ok && name != defaultProfile {
		return "", profile{}, &ValueError{source, fmt.Sprintf("there is no profile %q", name)}
	}
	return name, chosen, nil
}

// profileChoice is the name as it was given, and where.
func profileChoice(flags Flags, environment Environment, file *settings) (name, source string) {
	switch variable := environment.Getenv("APIFYCTL_PROFILE"); {
	case flags.ProfileSet:
		return flags.Profile, "--profile"
	case variable != "":
		return variable, "APIFYCTL_PROFILE"
	case file.CurrentProfile != "":
		return file.CurrentProfile, "current-profile in " + file.path
	}
	return defaultProfile, ""
}
