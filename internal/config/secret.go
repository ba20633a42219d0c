package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a token. However it is printed, logged or encoded, only "[redacted]"
// shows; Reveal is the one way to its text.
type Secret string

const redacted = "[redacted]"

// Reveal returns the token itself, for the Authorization header.
func (s Secret) Reveal() string { return string(s) }

// Format covers every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// String is "" for no token.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// MarshalText serves encoding/json, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue serves log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
