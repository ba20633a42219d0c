package storage

import (
	"path"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Selection narrows down which storages of an account are meant.
type Selection struct {
	Unnamed, All, Owned, Shared bool
	Name                        string
}

// Add registers the flags.
func (s *Selection) Add(flags *pflag.FlagSet) {
	flags.BoolVar(&s.Unnamed, "unnamed", false, "only those without a name, which expire")
	flags.BoolVar(&s.All, "all", false, "those with a name and those without")
	flags.StringVar(&s.Name, "name", "", "only those whose name matches this pattern (* ? [a-z], whatever the case)")
	flags.BoolVar(&s.Owned, "owned", false, "only the account's own")
	flags.BoolVar(&s.Shared, "shared", false, "only those that others share with the account")
}

// options is the part that the server can do.
func (s Selection) options() api.ListOptions {
	options := api.ListOptions{Unnamed: s.Unnamed || s.All}
	switch {
	case s.Owned:
		options.Ownership = api.OwnershipOwned
	case s.Shared:
		options.Ownership = api.OwnershipShared
	}
	return options
}

// filter is the part that the server cannot do.
func (s Selection) filter() (func(*api.Storage) bool, error) {
	pattern := strings.ToLower(s.Name)
	switch _, err := path.Match(pattern, ""); {
	case err != nil:
		return nil, app.Usagef("--name: %q is no pattern", s.Name)
	case s.Unnamed && s.All:
		return nil, app.Usagef("--unnamed and --all contradict each other")
	case s.Unnamed && s.Name != "":
		return nil, app.Usagef("--unnamed and --name contradict each other")
	case s.Owned && s.Shared:
		return nil, app.Usagef("--owned and --shared contradict each other")
	}
	return func(storage *api.Storage) bool {
		if s.Unnamed && storage.Name != "" {
			return false
		}
		if pattern == "" {
			return true
		}
		matches, _ := path.Match(pattern, strings.ToLower(storage.Name)) // the pattern was checked
		return matches
	}, nil
}
