// Package failure holds the errors that say something of how a command ends:
// with which exit code, and what a person can do about it.
package failure

import (
	"errors"
	"fmt"
)

// UsageError is a command line, or a value on it, that cannot be right. Exit code 2.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// NotFoundError means that nothing was found of what was looked for. Exit code 3.
type NotFoundError struct{ Message string }

func (e *NotFoundError) Error() string { return e.Message }

// PartialError means that some of several things failed and the rest is done.
// Exit code 5.
type PartialError struct {
	Failed, Total int
	Noun          string // what there are several of, in the plural
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%d of %d %s failed", e.Failed, e.Total, e.Noun)
}

// WithHint adds the one line that tells what to do about an error.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &hintedError{err: err, hint: hint}
}

// Hint is what the outermost WithHint said, or "".
func Hint(err error) string {
	if hinted, ok := errors.AsType[*hintedError](err); ok {
		return hinted.hint
	}
	return ""
}

type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }
