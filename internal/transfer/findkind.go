package transfer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// PossibleKinds are those that --kind and the two sides leave open, before
// anything is looked up.
func PossibleKinds(given string, source, destination End) ([]Kind, error) {
	kinds := Kinds()
	if given != "" {
		kinds = slices.DeleteFunc(kinds, func(k Kind) bool { return !k.Called(given) })
		if len(kinds) == 0 {
			return nil, failure.Usagef("--kind must be one of %s", strings.Join(KindNames(), ", "))
		}
	}
	for _, s := range []End{source, destination} {
		fitting := slices.DeleteFunc(slices.Clone(kinds), func(k Kind) bool { return !s.canBe(k) })
		if len(fitting) == 0 {
			return nil, failure.Usagef("%q is no %s", s.Text, names(kinds, "or"))
		}
		kinds = fitting
	}
	return kinds, nil
}

// names are the kinds in a sentence: "dataset, key-value store or request queue".
func names(kinds []Kind, or string) string {
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

// FindKind looks up which of the kinds the source of a copy is; side is that source as one
// of a kind.
func FindKind(ctx context.Context, source End, kinds []Kind, side func(End) Side) (Kind, error) {
	if len(kinds) == 1 {
		return kinds[0], nil
	}
	errs := make([]error, len(kinds))
	var group errgroup.Group
	for i, k := range kinds {
		group.Go(func() error {
			s, err := source.Of(k.Kind)
			if err == nil {
				err = k.Find(ctx, side(s))
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait() // errs has the errors
	var found []Kind
	var missing error
	for i, k := range kinds {
		switch {
		case errs[i] == nil:
			found = append(found, k)
		case !api.IsNotFound(errs[i]):
			return Kind{}, fmt.Errorf("%s %q: %w", k, source.Text, errs[i])
		default:
			missing = errs[i]
		}
	}
	switch len(found) {
	case 0:
		return Kind{}, failure.WithHint(&NoneError{kinds, source.Text, missing},
			"`list --all` shows the storages there are, the unnamed ones too")
	case 1:
		return found[0], nil
	}
	return Kind{}, failure.WithHint(failure.Usagef("%q is the name of a %s", source.Text, names(found, "and a")),
		"say which is meant with --kind "+found[0].Name+" or --kind "+found[1].Name)
}

// NoneError says that nothing is called so, whatever its kind.
type NoneError struct {
	Kinds []Kind
	Text  string
	Cause error // what was said of one of the kinds
}

func (e *NoneError) Error() string {
	return fmt.Sprintf("there is no %s %q", names(e.Kinds, "or"), e.Text)
}
func (e *NoneError) Unwrap() error { return e.Cause }
