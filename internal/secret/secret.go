// Package secret has the type of what must not be shown: tokens, and the secrets
// that links are signed with.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Text is a secret. However it is printed, logged or encoded, only Shown shows.
type Text string

// Shown stands for a secret wherever one would be.
const Shown = "[redacted]"

// Reveal is the one way to the text.
func (t Text) Reveal() string { return string(t) }

// String is "" for no secret.
func (t Text) String() string {
	if t == "" {
		return ""
	}
	return Shown
}

// GoString is String.
func (t Text) GoString() string { return t.String() }

// Format covers every verb of package fmt.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) } // fmt offers no way to report it

// MarshalText serves encoding/json, YAML and the like.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue serves log/slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }
