package backupcmd

import (
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func (o *options) checkKinds() error {
	for _, name := range o.kinds {
		if !slices.ContainsFunc(transfer.Kinds(), func(k transfer.Kind) bool { return k.Called(name) }) {
			return failure.Usagef("--kind must be one of %s, not %q", strings.Join(transfer.KindNames(), ", "), name)
		}
	}
	return nil
}

func (o *options) wants(kind transfer.Kind) bool {
	return len(o.kinds) == 0 || slices.ContainsFunc(o.kinds, kind.Called)
}
