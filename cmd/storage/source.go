package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
)

// SourceFlags say how the files are to be read that a command puts somewhere.
type SourceFlags struct {
	Format     string
	Options    input.Options
	AllowEmpty bool
}

// Add registers the flags.
func (f *SourceFlags) Add(flags *pflag.FlagSet, formats []input.Format) {
	flags.StringVar(&f.Format, "input-format", "", "format of the input, if neither the file's ending nor its first lines tell: "+strings.Join(input.Names(formats), ", "))
	AddEncoding(flags, &f.Options)
	flags.BoolVar(&f.AllowEmpty, "allow-empty", false, "accept empty input instead of failing")
}

// SourceValues are the values of the flags, for completion.
func SourceValues(formats []input.Format) map[string][]string {
	return map[string][]string{"input-format": input.Names(formats), "encoding": input.Encodings()}
}

// AddEncoding registers --encoding.
func AddEncoding(flags *pflag.FlagSet, o *input.Options) {
	flags.StringVar(&o.Encoding, "encoding", "", "encoding of input that is neither UTF-8 nor UTF-16, such as latin1, windows-1252, shift-jis")
}

// Sources are the files, or stdin where none is given. None is read yet: that
// every one is there, is not empty and of a format that can be read, is known
// before the first request. what is what they hold: "items".
func (f *SourceFlags) Sources(ctx context.Context, a *app.App, formats []input.Format, paths []string, what string) ([]input.Source, error) {
	if len(paths) == 0 {
		if a.Streams.InTerminal {
			return nil, failure.WithHint(failure.Usagef("no file, and stdin is a terminal"), fmt.Sprintf("name a file, or pipe the %s in", what))
		}
		paths = []string{input.Stdin}
	}
	opener := input.Opener{Formats: formats, Format: f.Format, Options: f.Options, Stdin: a.Streams.Input(ctx), Remote: a.Remote(ctx)}
	var sources []input.Source
	for _, path := range paths {
		source, err := opener.Source(path)
		switch {
		case errors.Is(err, input.ErrFormat):
			return nil, failure.WithHint(failure.Usagef("%v", err), "say the format of the input with --input-format")
		case errors.Is(err, input.ErrDirectory), errors.Is(err, input.ErrEncoding):
			return nil, failure.Usagef("%v", err)
		case err != nil:
			return nil, err
		case source.Size == 0 && !f.AllowEmpty:
			return nil, f.nothing(source.Name + " is empty")
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// Nothing is the error of input that was read and held nothing; nil where that is
// allowed.
func (f *SourceFlags) Nothing(sources []input.Source, what string) error {
	if f.AllowEmpty {
		return nil
	}
	var names []string
	for _, source := range sources {
		names = append(names, source.Name)
	}
	return f.nothing(fmt.Sprintf("%s: there are no %s", strings.Join(names, ", "), what))
}

func (f *SourceFlags) nothing(problem string) error {
	return failure.WithHint(fmt.Errorf("%s; nothing was put", problem), "--allow-empty takes it for what it is")
}
