// Command storage measures how fast a storage directory is written and read
// through serve, and how fast its disk is without anything in between.
//
//	storage limit   -dir DIR      files written, synced and renamed, as serve does it
//	storage records -url URL      small records put, until the time is over
//	storage fill    -dir DIR      a dataset of item files, as the JavaScript SDK leaves them
//	storage read    -url URL      all items of a dataset, page by page
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"sync"
	"time"
)

// load is what the subcommands share.
type load struct {
	dir, url, kind string
	clients, size  int
	items, page    int
	links          int
	time           time.Duration
	encoding       string
}

func main() {
	if len(os.Args) < 2 {
		log.Fatal("one of limit, records, fill, read is needed")
	}
	var l load
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&l.dir, "dir", ".", "directory to work in; fill: the dataset's folder")
	flags.StringVar(&l.url, "url", "http://127.0.0.1:3333", "the server")
	flags.StringVar(&l.kind, "type", "application/json; charset=utf-8", "media type of the records")
	flags.IntVar(&l.clients, "clients", 64, "how many work at once")
	flags.IntVar(&l.size, "size", 1000, "bytes of a record or item")
	flags.IntVar(&l.items, "items", 1_000_000, "items to fill in")
	flags.IntVar(&l.links, "links", 1, "item files that are one file, when filling in")
	flags.IntVar(&l.page, "page", 10_000, "items a page")
	flags.DurationVar(&l.time, "time", 5*time.Second, "how long to go on")
	flags.StringVar(&l.encoding, "accept", "identity", "Accept-Encoding when reading")
	if err := flags.Parse(os.Args[2:]); err != nil {
		log.Fatal(err)
	}
	run := map[string]func() error{"limit": l.limit, "records": l.records, "fill": l.fill, "read": l.read}[os.Args[1]]
	if run == nil {
		log.Fatalf("%s is none of limit, records, fill, read", os.Args[1])
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// rate has the clients repeat work until the time is over, and prints how often
// that was a second, and how long it took.
func (l *load) rate(client func(who int) (work func(turn int) error, err error)) error {
	var group sync.WaitGroup
	failures := make(chan error, l.clients)
	took := make([][]time.Duration, l.clients)
	start := time.Now()
	for who := range l.clients {
		group.Go(func() {
			work, err := client(who)
			for turn := 0; err == nil && time.Since(start) < l.time; turn++ {
				began := time.Now()
				err = work(turn)
				took[who] = append(took[who], time.Since(began))
			}
			failures <- err
		})
	}
	group.Wait()
	for range l.clients {
		if err := <-failures; err != nil {
			return err
		}
	}
	elapsed := time.Since(start)
	all := slices.Concat(took...)
	slices.Sort(all)
	at := func(share float64) time.Duration {
		return all[int(share*float64(len(all)-1))].Round(10 * time.Microsecond)
	}
	_, err := fmt.Printf("%.0f a second; median %v, p99 %v\n", float64(len(all))/elapsed.Seconds(), at(0.5), at(0.99))
	return err
}
