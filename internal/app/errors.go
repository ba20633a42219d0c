package app

import "github.com/apifyctl/apifyctl/internal/failure"

// UsageError is failure.UsageError.
type UsageError = failure.UsageError

// PartialError is failure.PartialError.
type PartialError = failure.PartialError

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error { return failure.Usagef(format, args...) }

// WithHint adds the one line that tells what to do about an error.
func WithHint(err error, hint string) error { return failure.WithHint(err, hint) }

// Hint is what the outermost WithHint said, or "".
func Hint(err error) string { return failure.Hint(err) }

// Tell says what failed of several things, and what can be done about it.
func (a *App) Tell(err error) {
	a.Streams.Warnf("%s", failure.Text(err))
	if hint := Hint(err); hint != "" {
		a.Streams.Notef("hint: %s", hint)
	}
}
