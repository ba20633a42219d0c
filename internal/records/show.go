package records

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/mediatype"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

const (
	maxIndented = 16 << 20 // JSON that is longer is printed as it is
	sniffed     = 1024     // bytes by which text is told from binary
)

// Show writes a value for a person: text made safe for
// a terminal, JSON indented. A binary value is an error.
func Show(ctx context.Context, s transfer.Store, key string, to io.Writer) error {
	reader, err := s.OpenRecord(ctx, s.Ref, key)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }() // what matters was read
	text := output.SafeWriter(to)
	if err := printSafely(text, reader, reader.Info); err != nil {
		return err
	}
	return text.Flush()
}

func printSafely(w io.Writer, value io.Reader, info api.RecordInfo) error {
	buffered := bufio.NewReaderSize(value, sniffed)
	start, err := buffered.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !mediatype.IsText(info.ContentType) && !looksLikeText(start) {
		return failure.WithHint(failure.Usagef("the value is binary (%s) and does not go to a terminal", info.ContentType),
			"save it with --output FILE, or pipe it on")
	}
	if mediatype.IsJSON(info.ContentType) {
		return printJSON(w, buffered)
	}
	ends := &lastByte{w: w}
	if _, err := io.Copy(ends, buffered); err != nil {
		return err
	}
	return ends.endLine()
}

func printJSON(w io.Writer, value io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(value, maxIndented))
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if len(text) < maxIndented && json.Indent(&indented, text, "", "  ") == nil {
		text = bytes.TrimRight(indented.Bytes(), " \t\r\n")
	}
	ends := &lastByte{w: w}
	if _, err := io.Copy(ends, io.MultiReader(bytes.NewReader(text), value)); err != nil {
		return err
	}
	return ends.endLine()
}

// looksLikeText: the last character may be cut off.
func looksLikeText(start []byte) bool {
	for i := 0; i < utf8.UTFMax && i < len(start) && !utf8.Valid(start); i++ {
		start = start[:len(start)-1]
	}
	return utf8.Valid(start) && bytes.IndexByte(start, 0) < 0
}

// lastByte remembers how a text ended.
type lastByte struct {
	w    io.Writer
	last byte
}

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.last = p[len(p)-1]
	}
	return l.w.Write(p)
}

// endLine keeps the prompt off the last line.
func (l *lastByte) endLine() error {
	if l.last == '\n' || l.last == 0 {
		return nil
	}
	_, err := l.w.Write([]byte{'\n'})
	return err
}
