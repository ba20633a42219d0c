// Command gen writes what is generated from the command tree: completion
// scripts, man pages and the reference.
//
//	go run ./internal/gen [-o DIR]
//
// It writes completions, docs/man and docs/reference below DIR (the current
// folder when there is none) and removes files there that it would not write.
// The same tree gives the same bytes on every machine and every day.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/apifyctl/apifyctl/cmd"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

func main() {
	dir := flag.String("o", ".", "write below this folder")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	files, err := generate(cmd.NewRoot(&app.App{Streams: &output.Streams{}}))
	if err != nil {
		return err
	}
	return write(dir, files)
}
