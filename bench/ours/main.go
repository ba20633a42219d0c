// Command ours measures the encoders of apifyctl alone, as `peers encode` does
// with other ones: pages in memory, output thrown away, seconds to stdout.
//
//	ours xml|rss|html FILE COLUMNS
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/bench/pages"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/sink"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("three arguments are needed: %q", args)
	}
	read, err := pages.Load(args[1])
	if err != nil {
		return err
	}
	format, ok := export.Lookup(args[0])
	if !ok {
		return fmt.Errorf("no format %q", args[0])
	}
	options := export.Options{}
	if format.Columns {
		options.Fields = strings.Split(args[2], ",")
	}
	start := time.Now()
	if _, err := export.Run(context.Background(), export.Pages{All: read}, format, options, sink.Stream(io.Discard)); err != nil {
		return err
	}
	_, err = fmt.Println(time.Since(start).Seconds())
	return err
}
