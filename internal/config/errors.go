package config

import (
	"errors"
	"fmt"
)

// ErrNoAccount means that there is neither a token nor a local storage
// directory to work with. Hint says where to find either.
var ErrNoAccount error = &hintedError{
	message: "no account and no directory to work with: set APIFY_TOKEN, or use --local DIR",
	hint: "https://console.apify.com/settings/integrations shows your token; " +
		"DIR is the folder with datasets, key_value_stores and request_queues in it, usually ./storage",
}

// ForeignTokenError is a token that would go to another API than it was kept for.
type ForeignTokenError struct {
	Source          string // "profile work"
	Address, Wanted string // of the APIs
}

func (e *ForeignTokenError) Error() string {
	return fmt.Sprintf("the token of %s is for %s and does not go to %s", e.Source, e.Address, e.Wanted)
}

// Hint is what to do about an error of this package, or "".
func Hint(err error) string {
	if hinted, ok := errors.AsType[*hintedError](err); ok {
		return hinted.hint
	}
	if foreign, ok := errors.AsType[*ForeignTokenError](err); ok {
		return "set APIFY_TOKEN, or keep a token for it: apifyctl login --profile NAME --api-url " + foreign.Wanted
	}
	return ""
}

type hintedError struct{ message, hint string }

func (e *hintedError) Error() string { return e.message }

// ValueError is a flag or an environment variable whose value cannot be right,
// or a setting of a profile. The value of a token is never part of it.
type ValueError struct {
	Source  string // "--api-url", "APIFYCTL_PROFILE", "api-url of profile work"
	Problem string
}

func (e *ValueError) Error() string { return e.Source + ": " + e.Problem }

// FileError is a file of settings or credentials that cannot be understood.
type FileError struct {
	Path    string
	Line    int // 0: not known
	Problem string
}

func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Problem)
	}
	return e.Path + ": " + e.Problem
}
