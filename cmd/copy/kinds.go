package copycmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func kindNames() []string {
	var names []string
	for _, k := range transfer.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// possibleKinds are those that --kind and the two sides leave open, before
// anything is looked up.
func possibleKinds(given string, source, destination end) ([]transfer.Kind, error) {
	kinds := transfer.Kinds()
	if given != "" {
		kinds = slices.DeleteFunc(kinds, func(k transfer.Kind) bool { return !k.Called(given) })
		if len(kinds) == 0 {
			return nil, failure.Usagef("--kind must be one of %s", strings.Join(kindNames(), ", "))
		}
	}
	for _, s := range []end{source, destination} {
		fitting := slices.DeleteFunc(slices.Clone(kinds), func(k transfer.Kind) bool { return !s.canBe(k) })
		if len(fitting) == 0 {
			return nil, failure.Usagef("%q is no %s", s.text, names(kinds, "or"))
		}
		kinds = fitting
	}
	return kinds, nil
}

// names are the kinds in a sentence: "dataset, key-value store or request queue".
func names(kinds []transfer.Kind, or string) string {
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
func findKind(ctx context.Context, source end, kinds []transfer.Kind) (transfer.Kind, error) {
	if len(kinds) == 1 {
		return kinds[0], nil
	}
	errs := make([]error, len(kinds))
	var group errgroup.Group
	for i, k := range kinds {
		group.Go(func() error {
			s, err := source.of(k.Kind)
			if err == nil {
				err = k.Find(ctx, s.side())
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait() // errs has the errors
	var found []transfer.Kind
	var missing error
	for i, k := range kinds {
		switch {
		case errs[i] == nil:
			found = append(found, k)
		case !api.IsNotFound(errs[i]):
			return transfer.Kind{}, fmt.Errorf("%s %q: %w", k, source.text, errs[i])
		default:
			missing = errs[i]
		}
	}
	switch len(found) {
	case 0:
		return transfer.Kind{}, failure.WithHint(&missingError{fmt.Sprintf("there is no %s %q", names(kinds, "or"), source.text), missing},
			"`list --all` shows the storages there are, the unnamed ones too")
	case 1:
		return found[0], nil
	}
	return transfer.Kind{}, failure.WithHint(failure.Usagef("%q is the name of a %s", source.text, names(found, "and a")),
		"say which is meant with --kind "+found[0].Name+" or --kind "+found[1].Name)
}

// missingError says that nothing has a name, whatever its kind.
type missingError struct {
	text  string
	cause error // what was said of one of the kinds
}

func (e *missingError) Error() string { return e.text }
func (e *missingError) Unwrap() error { return e.cause }
