package storage

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

func parseAccess(name string) (api.Access, error) {
	for _, level := range accessLevels() {
		if level.name == name {
			return level.access, nil
		}
	}
	return "", failure.Usagef("--access: unknown level %q; known are %s", name, strings.Join(accessNames(), ", "))
}

func accessNames() []string {
	var names []string
	for _, level := range accessLevels() {
		names = append(names, level.name)
	}
	return names
}

func accessHelp() string {
	var help strings.Builder
	for _, level := range accessLevels() {
		fmt.Fprintf(&help, "  %-17s %s\n", level.name, level.meaning)
	}
	return help.String()
}

// accessLevel is a level of general access under the name that flags use.
type accessLevel struct {
	name    string
	access  api.Access
	meaning string
}

// accessLevels feeds validation, help and completion of --access.
func accessLevels() []accessLevel {
	return []accessLevel{
		{"restricted", api.AccessRestricted, "only people with access"},
		{"anyone-with-id", api.AccessAnyoneWithID, "everybody who knows the ID can read"},
		{"anyone-with-name", api.AccessAnyoneWithName, "everybody who knows the name can read"},
		{"account-default", api.AccessFollowUser, "whatever the account's settings say"},
	}
}

func accessName(access api.Access) string {
	for _, level := range accessLevels() {
		if level.access == access {
			return level.name
		}
	}
	return cmp.Or(string(access), none)
}
