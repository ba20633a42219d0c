// Command peers does what a Go program does with the usual libraries: it gets a
// dataset page by page, decodes items into maps, and writes XLSX with excelize's
// StreamWriter, or XML, RSS and HTML with encoding/xml's escaping.
//
//	peers xlsx URL COLUMNS FILE
//	peers xml|rss|html URL COLUMNS        to stdout
//
// encode does the last part alone: the pages of a file are in memory before the
// clock starts, what is written is thrown away, and the seconds go to stdout.
//
//	peers encode xml|rss|html FILE COLUMNS
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/bench/pages"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("too few arguments: %q", args)
	}
	if args[0] == "encode" && len(args) == 4 {
		read, err := pages.Load(args[2])
		if err != nil {
			return err
		}
		start := time.Now()
		if err := markup(args[1], pages.Items(read), strings.Split(args[3], ","), io.Discard); err != nil {
			return err
		}
		_, err = fmt.Println(time.Since(start).Seconds())
		return err
	}
	items, columns := pages.Items(pages.Fetch(args[1])), strings.Split(args[2], ",")
	if args[0] == "xlsx" && len(args) == 4 {
		return toXLSX(items, args[3], columns)
	}
	return markup(args[0], items, columns, os.Stdout)
}
