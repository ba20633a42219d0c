// Package cmd is the command tree of apifyctl.
package cmd

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/output"
)

// The linker sets these for a release; see .goreleaser.yaml.
var version, commit, date string //nolint:gochecknoglobals // -ldflags -X reaches nothing else

// Main runs the command line of this process and returns its exit code.
func Main() int {
	log.SetOutput(io.Discard) // the HTTP library's own remarks, with pieces of answers in them
	// A reader that goes away must show as an error of the write, which then
	// counts as success, and not end the process by a signal.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go listen(cancel)

	a := &app.App{
		Streams:     output.NewStreams(os.Stdin, os.Stdout, os.Stderr, os.Getenv),
		Build:       app.NewBuild(version, commit, date),
		Environment: config.SystemEnvironment(),
	}
	a.Environment.Warn = a.WarnOnce
	root := rootFor(a, os.Args[1:])
	command, err := root.ExecuteContextC(ctx)
	if closeErr := a.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		return exitDone
	}
	code := exitCode(err)
	if ctx.Err() != nil && code != exitDone {
		code = exitInterrupted
	}
	report(a.Streams, err, command)
	return code
}

// listen has the first signal end the work in good order; a second one ends it at
// once. It runs beside the rest, since for each signal it waits for another thread,
// and takes nothing back when the work is done: the process ends then.
func listen(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	<-signals
	signal.Stop(signals)
	cancel()
}
