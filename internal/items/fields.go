package items

import (
	"context"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// TopLevel are the fields that hold what paths such as a/b and a.b lead to, and those
// that are called so.
func TopLevel(fields []string) []string {
	var asked []string
	for _, field := range fields {
		names := []string{field}
		for _, separator := range []string{"/", "."} {
			if head, _, nested := strings.Cut(field, separator); nested {
				names = append(names, head)
			}
		}
		for _, name := range names {
			if name != "" && !slices.Contains(asked, name) {
				asked = append(asked, name)
			}
		}
	}
	return asked
}

// FirstFields are the fields that the first items of a dataset have, sorted.
func FirstFields(ctx context.Context, datasets api.Datasets, ref api.Ref) ([]string, error) {
	var names []string
	for page, err := range datasets.Pages(ctx, ref, api.ItemsOptions{Limit: 10}) {
		if err != nil {
			return nil, err
		}
		for item, err := range rawjson.Elements(page.Data) {
			if err != nil {
				return nil, err
			}
			for member := range rawjson.ObjectMembers(item) {
				names = append(names, member.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
