package copycmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// kind is a kind of storage as copy has it.
type kind struct {
	api.Kind
	carrier
	name      string // of the command, and of --kind
	folder    string // in a storage directory
	one, many string // what it holds
}

func allKinds() []kind {
	return []kind{
		{api.KindDataset, datasets{}, "datasets", "datasets", "item", "items"},
		{api.KindKeyValueStore, stores{}, "kvs", "key_value_stores", "record", "records"},
		{api.KindRequestQueue, queues{}, "queues", "request_queues", "request", "requests"},
	}
}

func kindNames() []string {
	var names []string
	for _, k := range allKinds() {
		names = append(names, k.name)
	}
	return names
}

// called tells whether text is one of the names that commands, paths of the API
// and people have for the kind.
func (k kind) called(text string) bool {
	text = strings.ToLower(text)
	return slices.Contains([]string{k.name, strings.TrimSuffix(k.name, "s"), k.Path(), k.RunPath(), k.folder}, text)
}

// possibleKinds are those that --kind and the two sides leave open, before
// anything is looked up.
func possibleKinds(given string, source, destination side) ([]kind, error) {
	kinds := allKinds()
	if given != "" {
		kinds = slices.DeleteFunc(kinds, func(k kind) bool { return !k.called(given) })
		if len(kinds) == 0 {
			return nil, app.Usagef("--kind must be one of %s", strings.Join(kindNames(), ", "))
		}
	}
	for _, s := range []side{source, destination} {
		fitting := slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return !s.canBe(k) })
		if len(fitting) == 0 {
			return nil, app.Usagef("%q is no %s", s.text, names(kinds, "or"))
		}
		kinds = fitting
	}
	return kinds, nil
}

// names are the kinds in a sentence: "dataset, key-value store or request queue".
func names(kinds []kind, or string) string {
	text := ""
	for i, k := range kinds {
		switch i {
		case 0:
		case len(kinds) - 1:
			text += " " + or + " "
		default:
			text += ", "
		}
		text += k.String()
	}
	return text
}

// findKind looks up which of the kinds the source is.
func findKind(ctx context.Context, source side, kinds []kind) (kind, error) {
	if len(kinds) == 1 {
		return kinds[0], nil
	}
	errs := make([]error, len(kinds))
	var group errgroup.Group
	for i, k := range kinds {
		group.Go(func() error {
			s, err := source.of(k.Kind)
			if err == nil {
				_, err = k.find(ctx, s)
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait() // errs has the errors
	var found []kind
	var missing error
	for i, k := range kinds {
		switch {
		case errs[i] == nil:
			found = append(found, k)
		case !api.IsNotFound(errs[i]):
			return kind{}, fmt.Errorf("%s %q: %w", k, source.text, errs[i])
		default:
			missing = errs[i]
		}
	}
	switch len(found) {
	case 0:
		return kind{}, app.WithHint(fmt.Errorf("no %s %q: %w", names(kinds, "or"), source.text, missing),
			"`list --all` shows the storages there are, the unnamed ones too")
	case 1:
		return found[0], nil
	}
	return kind{}, app.WithHint(app.Usagef("%q is the name of a %s", source.text, names(found, "and a")),
		"say which is meant with --kind "+found[0].name+" or --kind "+found[1].name)
}
