package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/apifyctl/apifyctl/internal/output"
)

// warningHandler shows what a storage directory has to say of its files as the
// program's own warnings.
type warningHandler struct{ streams *output.Streams }

func (warningHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

func (h warningHandler) Handle(_ context.Context, record slog.Record) error {
	var text strings.Builder
	text.WriteString(record.Message)
	record.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&text, ", %s: %s", a.Key, a.Value)
		return true
	})
	h.streams.Warnf("%s", strings.Replace(text.String(), ", error: ", ": ", 1))
	return nil
}

func (h warningHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h warningHandler) WithGroup(string) slog.Handler      { return h }
