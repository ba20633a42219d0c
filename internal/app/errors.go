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
