package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

func TestExitCode(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"any error", io.ErrUnexpectedEOF, 1},
		{"usage", failure.Usagef("no"), 2},
		{"reference", &api.RefError{}, 2},
		{"name", &api.NameError{}, 2},
		{"setting", &config.ValueError{}, 2},
		{"not found", &api.Error{Status: 404, Type: "record-not-found"}, 3},
		{"no token at all", config.ErrNoAccount, 4},
		{"unauthorized", &api.Error{Status: 401}, 4},
		{"forbidden", &api.Error{Status: 403}, 4},
		{"name taken", &api.Error{Status: 409, Type: "name-not-unique"}, 1},
		{"server", &api.Error{Status: 500}, 1},
		{"some of several", &failure.PartialError{Failed: 1, Total: 2, Noun: "datasets"}, 5},
		{"interrupted", context.Canceled, 130},
		{"reader gone", output.ErrClosedPipe, 0},
		{"reader gone, then interrupted by it", errors.Join(output.ErrClosedPipe, context.Canceled), 0},
		{"wrapped", failure.WithHint(fmt.Errorf("dataset %q: %w", "x", &api.Error{Status: 404, Type: "record-not-found"}), "hint"), 3},
		{"not found, says a proxy", &api.Error{Status: 404}, 1},
		{"a token over plain http", &api.PlainHTTPError{Host: "h"}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := exitCode(test.err); got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	command := &cobra.Command{Use: "x"}
	format := command.Flags().StringP("format", "f", "", "")
	notFound := fmt.Errorf("dataset %q: %w", "a\x1b[31m", &api.Error{Status: 404, Type: "record-not-found", Message: "not\nhere"})

	var plain bytes.Buffer
	report(&output.Streams{Err: &plain}, failure.WithHint(notFound, "look elsewhere"), command)
	lines := strings.Split(strings.TrimSuffix(plain.String(), "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "error: dataset ") || lines[1] != "hint: look elsewhere" {
		t.Errorf("got %q", lines)
	}
	if strings.Contains(plain.String(), "\x1b") {
		t.Errorf("an escape sequence reached stderr: %q", plain.String())
	}

	*format = "json"
	var asJSON bytes.Buffer
	report(&output.Streams{Err: &asJSON}, notFound, command)
	last := asJSON.String()[strings.LastIndex(strings.TrimSuffix(asJSON.String(), "\n"), "\n")+1:]
	for _, part := range []string{`{"error":{"type":"record-not-found","message":"`, `"status":404}}`} {
		if !strings.Contains(last, part) {
			t.Errorf("%q is missing in %q", part, last)
		}
	}
}

// Every command says what it does, has examples, and knows what a wrong flag is.
func TestEveryCommand(t *testing.T) {
	root := NewRoot(&app.App{Streams: &output.Streams{Out: io.Discard, Err: io.Discard}})
	var visit func(*cobra.Command)
	visit = func(command *cobra.Command) {
		if command.Runnable() && !command.Hidden && command.Example == "" && !command.HasSubCommands() && command.Parent().Name() != "completion" {
			t.Errorf("%s: no examples", command.CommandPath())
		}
		if command.Short == "" || strings.HasSuffix(command.Short, ".") {
			t.Errorf("%s: short help %q", command.CommandPath(), command.Short)
		}
		if err := command.FlagErrorFunc()(command, errors.New("unknown flag")); exitCode(err) != exitUsage {
			t.Errorf("%s: a wrong flag exits with %d", command.CommandPath(), exitCode(err))
		}
		for _, sub := range command.Commands() {
			visit(sub)
		}
	}
	visit(root)
}

// A tree with one command of the first level, or one verb of a kind of storage,
// knows all of it that the whole tree knows.
func TestRootForOneCommand(t *testing.T) {
	a := &app.App{Streams: &output.Streams{Out: io.Discard, Err: io.Discard}}
	for _, whole := range NewRoot(a).Commands() {
		t.Run(whole.Name(), func(t *testing.T) {
			one := built(t, a, whole.Name())
			if got, want := tree(one), tree(whole); got != want {
				t.Errorf("built alone:\n%s\nin the whole tree:\n%s", got, want)
			}
			for _, sub := range whole.Commands() {
				for _, name := range append(sub.Aliases, sub.Name()) {
					if got, want := tree(built(t, a, whole.Name(), name)), tree(sub); got != want {
						t.Errorf("%s built alone:\n%s\nin the whole tree:\n%s", name, got, want)
					}
				}
			}
		})
	}
	for _, top := range topLevel(a) {
		if got := top.build(nil).Name(); got != top.name {
			t.Errorf("the command %q is listed as %q", got, top.name)
		}
	}
	if verbs := built(t, a, "datasets", "get").Parent().Commands(); len(verbs) != 1 {
		t.Errorf("%d verbs are built for one", len(verbs))
	}
}

// built is a command in the tree of a command line that begins with it.
func built(t *testing.T, a *app.App, args ...string) *cobra.Command {
	t.Helper()
	command, left, err := rootFor(a, args).Find(args)
	if err != nil || len(left) > 0 {
		t.Fatalf("apifyctl %q: %v, %q", args, err, left)
	}
	return command
}

// tree is the names, groups and flags of a command and of all below it.
func tree(command *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintln(&b, command.CommandPath(), command.GroupID, command.Aliases)
	command.Flags().VisitAll(func(flag *pflag.Flag) { fmt.Fprintln(&b, " --"+flag.Name, flag.DefValue, flag.Annotations) })
	for _, sub := range command.Commands() {
		b.WriteString(tree(sub))
	}
	return b.String()
}
