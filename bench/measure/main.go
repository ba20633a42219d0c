// Command measure runs exports and their peers in turn and prints ratios of
// medians. bench/run builds what it needs and starts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
)

type options struct {
	only    string
	rounds  int
	warm    bool
	json    string
	readme  string
	list    bool
	table   bool
	items   int
	small   int
	large   int
	program string
	tools   string
	peers   string
}

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "rows to measure, by name, with commas; a name may end in * (default all)")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each job is run, in turn with the others")
	flag.BoolVar(&o.warm, "warm", true, "run each job once before, and look at what it wrote")
	flag.StringVar(&o.json, "json", "results.json", "file that keeps what was measured; rows that are not measured now stay in it")
	flag.StringVar(&o.readme, "readme", "", "file whose table is replaced by that of the results")
	flag.BoolVar(&o.list, "list", false, "print the rows and end")
	flag.BoolVar(&o.table, "table", false, "print the table of the results and measure nothing")
	flag.IntVar(&o.items, "items", 1_000_000, "items of about 1 KB")
	flag.IntVar(&o.small, "small", 100_000, "items where a peer is slow or latency is simulated")
	flag.IntVar(&o.large, "large", 5_000_000, "items of the large dataset that memory is measured with")
	flag.StringVar(&o.program, "program", "", "apifyctl")
	flag.StringVar(&o.tools, "tools", "", "folder of server, peers, ours and mlr")
	flag.StringVar(&o.peers, "peers", "", "folder of the npm packages")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	all := rows()
	if o.list {
		for _, r := range all {
			fmt.Printf("%-16s %s\n", r.name, r.text)
		}
		return nil
	}
	kept, err := load(o.json)
	if err != nil {
		return err
	}
	if !o.table {
		chosen, err := choose(all, o.only)
		if err != nil {
			return err
		}
		if err := measure(ctx, o, chosen, kept); err != nil {
			return err
		}
	}
	table := kept.table(all)
	fmt.Print(table)
	if o.readme == "" {
		return nil
	}
	return replaceTable(o.readme, table)
}

func choose(all []row, only string) ([]row, error) {
	if only == "" {
		return all, nil
	}
	var chosen []row
	for name := range strings.SplitSeq(only, ",") {
		start, open := strings.CutSuffix(name, "*")
		before := len(chosen)
		for _, r := range all {
			if (r.name == name || open && strings.HasPrefix(r.name, start)) && !slices.ContainsFunc(chosen, func(c row) bool { return c.name == r.name }) {
				chosen = append(chosen, r)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no further row is called %q; -list shows them", name)
		}
	}
	return chosen, nil
}

func measure(ctx context.Context, o options, chosen []row, kept *results) error {
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	var names []string
	for _, r := range chosen {
		for _, name := range []string{r.job, r.against} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	jobs := l.jobs()
	for _, name := range names {
		if err := l.need(ctx, jobs[name].server); err != nil {
			return err
		}
		kept.Jobs[name] = &measured{Items: l.sizes[jobs[name].server]}
	}
	if o.warm {
		for _, name := range names {
			if err := l.check(ctx, jobs[name]); err != nil {
				fmt.Fprintf(os.Stderr, "%s does not do its work: %v\n", name, err)
				kept.Jobs[name].Failed = err.Error()
			}
		}
	}
	for round := range o.rounds {
		for _, name := range names {
			m := kept.Jobs[name]
			if m.Failed != "" || jobs[name].once && round > 0 {
				continue
			}
			taken, err := l.time(ctx, jobs[name])
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
				m.Failed = err.Error()
				continue
			}
			fmt.Fprintf(os.Stderr, "%d %-18s %7.2f s %5d MB\n", round+1, name, taken.seconds, taken.megabytes)
			m.Seconds = append(m.Seconds, taken.seconds)
			m.Megabytes = append(m.Megabytes, taken.megabytes)
		}
	}
	return kept.save(o.json)
}
