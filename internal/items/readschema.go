package items

import (
	"errors"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
)

// ReadSchema reads the types of items from a file.
func ReadSchema(path string) (*schema.Type, error) {
	text, err := input.Text(path)
	if err != nil {
		return nil, err
	}
	t, err := schema.Parse(text)
	if err != nil {
		return nil, badSchema(path, err)
	}
	return t, nil
}

// ReadRules reads all that a file says of items.
func ReadRules(path string) (against export.Against, err error) {
	text, err := input.Text(path)
	if err != nil {
		return against, err
	}
	against.Type, err = schema.Parse(text)
	if err != nil && !errors.Is(err, schema.ErrNoProperties) {
		return against, badSchema(path, err)
	}
	if against.Rules, err = schema.ParseRules(text); err != nil {
		return against, badSchema(path, err)
	}
	return against, nil
}

func badSchema(path string, err error) error {
	return failure.WithHint(fmt.Errorf("%s: %w", path, err), "apifyctl datasets schema REF --as json-schema prints such a file")
}
