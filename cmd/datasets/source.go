package datasets

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/input"
)

// stdin as a file's name.
const stdin = "-"

// source is a file, or stdin, to read items from.
type source struct {
	path   string
	format input.Format
	stdin  io.Reader
}

func newSource(ctx context.Context, a *app.App, path, format string) (source, error) {
	s := source{path: path, stdin: a.Streams.Input(ctx)}
	if path != stdin {
		if info, err := os.Stat(path); err != nil {
			return s, err
		} else if info.IsDir() {
			return s, app.Usagef("%q is a directory", path)
		}
	}
	var err error
	switch {
	case format != "":
		s.format, err = input.Lookup(format)
	case path == stdin:
		s.stdin, s.format, err = sniff(s.stdin)
	default:
		s.format, err = input.ForPath(path)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return s, err
	case err != nil:
		return s, app.WithHint(app.Usagef("%s: %v", s.name(), err), "say the format of the input with --format")
	}
	return s, nil
}

// sniff recognises JSON by its first character, or by there being none.
func sniff(r io.Reader) (io.Reader, input.Format, error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return buffered, input.Format{}, err
	}
	head = bytes.TrimLeft(head, " \t\r\n\ufeff")
	if len(head) > 0 && head[0] != '{' && head[0] != '[' {
		return buffered, input.Format{}, errors.New("it does not begin like JSON")
	}
	format, err := input.Lookup("json")
	return buffered, format, err
}

const sniffBytes = 64

func (s source) name() string {
	if s.path == stdin {
		return "stdin"
	}
	return s.path
}

func (s source) open(progress func(int)) (io.ReadCloser, error) {
	if s.path == stdin {
		return io.NopCloser(s.stdin), nil
	}
	return input.Open(s.path, progress)
}

// delimiterOf reads the value of a --delimiter flag; "" is 0.
func delimiterOf(text string) (rune, error) {
	if text == "" {
		return 0, nil
	}
	if text == `\t` {
		return '\t', nil
	}
	delimiter, size := utf8.DecodeRuneInString(text)
	if size != len(text) || delimiter == utf8.RuneError || delimiter == '"' || delimiter == '\r' || delimiter == '\n' {
		return 0, app.Usagef("--delimiter must be one character other than a quote or a line end")
	}
	return delimiter, nil
}
