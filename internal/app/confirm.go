package app

import (
	"context"

	"github.com/apifyctl/apifyctl/internal/failure"
)

// ErrDeclined is the answer no.
var ErrDeclined = &failure.UsageError{Message: "nothing was done"}

// CanConfirm fails where Confirm would have nobody to ask: before a command
// sends its first request.
func (a *App) CanConfirm() error {
	if a.Flags.Yes || a.Streams.CanAsk() {
		return nil
	}
	return failure.WithHint(failure.Usagef("this needs a confirmation, and there is nobody to ask"), "--yes confirms it")
}

// Confirm asks on a terminal; --yes answers beforehand. Anything but a yes is
// an error.
func (a *App) Confirm(ctx context.Context, question string) error {
	if a.Flags.Yes {
		return nil
	}
	if err := a.CanConfirm(); err != nil {
		return err
	}
	switch yes, err := a.Streams.Confirm(ctx, question); {
	case err != nil:
		return err
	case !yes:
		return ErrDeclined
	}
	return nil
}
