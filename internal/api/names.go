package api

import (
	"fmt"
	"strings"
)

// maxName is the API's limit for the names of storages, in characters.
const maxName = 63

// NameError is a name that the API would not take.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("%q is not a valid name: %s", shorten(e.Name, 2*maxName), e.Reason)
}

// ValidName checks a name by the API's rule: 1 to 63 letters, digits and
// hyphens, neither first nor last a hyphen. Its error is a *NameError.
func ValidName(name string) error {
	var reason string
	switch {
	case name == "":
		reason = "it is empty"
	case strings.ContainsFunc(name, func(r rune) bool { return !alphanumeric(r) && r != '-' }):
		reason = "only the letters a-z and A-Z, digits and hyphens are allowed"
	case len(name) > maxName:
		reason = fmt.Sprintf("it is longer than %d characters", maxName)
	case name[0] == '-' || name[len(name)-1] == '-':
		reason = "it must start and end with a letter or a digit"
	default:
		return nil
	}
	return &NameError{Name: name, Reason: reason}
}

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// LooksLikeID reports whether text has the shape of an ID: 17 letters and digits.
// A name can have it too.
func LooksLikeID(text string) bool {
	return len(text) == 17 && !strings.ContainsFunc(text, func(r rune) bool { return !alphanumeric(r) })
}
