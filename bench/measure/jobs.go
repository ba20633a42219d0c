package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// job is a pipe of commands that do one piece of work.
type job struct {
	name     string
	server   string // the server it talks to
	commands [][]string
	env      []string
	file     string // what it writes; "": stdout, which goes to /dev/null
	check    checker
	once     bool // memory does not vary enough for more
	reports  bool // the program prints its own seconds
}

// The servers: what they simulate is in newLab.
const (
	plainServer = "plain"
	smallServer = "small"
	nearServer  = "50 ms"
	wideServer  = "50 ms, any bandwidth"
	farServer   = "100 ms"
	largeServer = "large"
)

// Connections.
const (
	fourAtOnce = "4"
	manyAtOnce = "16"
)

func (l *lab) jobs() map[string]job {
	jobs := map[string]job{}
	add := func(j job, commands ...[]string) {
		j.commands = commands
		jobs[j.name] = j
	}
	ours := func(server string, flags ...string) []string {
		return append([]string{l.program, "--api-url", l.base(server), "datasets", "export", "bench", "--quiet"}, flags...)
	}
	given := []string{"--fields", l.fields}
	lines, cells := countLines, countRecords

	curl := func(server, format string) []string {
		return []string{"curl", "-s", "-f", "--compressed", l.items(server) + "?format=" + format}
	}
	add(job{name: "curl", server: plainServer, check: anything}, curl(plainServer, "json"))
	add(job{name: "curl-slow", server: farServer, check: anything}, curl(farServer, "json"))
	add(job{name: "jsonl", server: plainServer, check: lines}, ours(plainServer, "-f", "jsonl"))
	add(job{name: "csv", server: plainServer, check: cells}, ours(plainServer, append(given, "-f", "csv")...))
	csv := filepath.Join(l.dir, "given.csv")
	add(job{name: "csv-file", server: plainServer, check: cells, file: csv}, ours(plainServer, append(given, "-o", csv)...))
	unknown := filepath.Join(l.dir, "unknown.csv")
	add(job{name: "csv-unknown", server: plainServer, check: cells, file: unknown}, ours(plainServer, "-o", unknown))
	add(job{name: "csv-slow", server: farServer, check: cells}, ours(farServer, append(given, "-f", "csv", "--concurrency", manyAtOnce)...))

	add(job{name: "jsonl-50ms", server: nearServer, check: lines}, ours(nearServer, "-f", "jsonl"))
	add(job{name: "csv-50ms", server: nearServer, check: cells}, ours(nearServer, "-f", "csv"))
	for _, size := range []string{"1000", "10000"} {
		add(job{name: "client-" + size, server: nearServer, check: lines}, []string{"node", l.script("client.mjs"), l.base(nearServer), size})
	}
	add(job{name: "csv-wide", server: wideServer, check: cells}, ours(wideServer, "-f", "csv"))
	for name, server := range map[string]string{"cli": nearServer, "cli-wide": wideServer} {
		add(job{
			name: name, server: server, check: cells,
			env: []string{"APIFY_CLIENT_BASE_URL=" + l.base(server), "APIFY_API_BASE_URL=" + l.base(server)},
		}, []string{filepath.Join(l.peers, "node_modules", ".bin", "apify"), "datasets", "get-items", "bench", "--format", "csv"})
	}

	add(job{name: "csv-small", server: smallServer, check: cells}, ours(smallServer, append(given, "-f", "csv")...))
	add(job{name: "jq", server: smallServer, check: cells}, curl(smallServer, "jsonl"), []string{"jq", "-nr", jqFilter(l.fields)})
	add(job{name: "miller", server: smallServer, check: cells}, curl(smallServer, "jsonl"),
		[]string{l.tool("mlr"), "--ijsonl", "--ocsv", "flatten", "-s", "/", "then", "template", "-f", fromOne(l.fields)})
	add(job{name: "duckdb", server: smallServer, check: cells}, curl(smallServer, "jsonl"), []string{"node", l.script("duckdb.mjs"), l.fields})
	add(job{name: "json2csv", server: smallServer, check: cells}, curl(smallServer, "jsonl"), []string{"node", l.script("json2csv.mjs"), l.fields})

	book, theirs := filepath.Join(l.dir, "ours.xlsx"), filepath.Join(l.dir, "theirs.xlsx")
	add(job{name: "xlsx-small", server: smallServer, check: countRows, file: book}, ours(smallServer, append(given, "-o", book)...))
	add(job{name: "excelize", server: smallServer, check: countRows, file: theirs}, []string{l.tool("peers"), "xlsx", l.items(smallServer), l.fields, theirs})
	for name, server := range map[string]string{"parquet": plainServer, "parquet-small": smallServer} {
		path := filepath.Join(l.dir, name+".parquet")
		add(job{name: name, server: server, check: countParquet, file: path}, ours(server, "-o", path))
	}
	copied := filepath.Join(l.dir, "duckdb.parquet")
	add(job{name: "duckdb-parquet", server: smallServer, check: countParquet, file: copied}, []string{"node", l.script("duckdb-parquet.mjs"), l.saved, copied})
	for _, format := range []string{"xml", "rss", "html"} {
		count := countMarks("<item>")
		flags := []string{"-f", format}
		if format == "html" {
			count, flags = countMarks("<tr><td>"), append(flags, given...)
		}
		add(job{name: format + "-small", server: smallServer, check: count}, ours(smallServer, flags...))
		add(job{name: format + "-peer", server: smallServer, check: count}, []string{l.tool("peers"), format, l.items(smallServer), l.fields})
		add(job{name: format + "-ours", server: smallServer, reports: true}, []string{l.tool("ours"), format, l.saved, l.fields})
		add(job{name: format + "-maps", server: smallServer, reports: true}, []string{l.tool("peers"), "encode", format, l.saved, l.fields})
	}
	for _, format := range formats() {
		for _, connections := range []string{fourAtOnce, manyAtOnce} {
			add(job{name: "memory-" + connections + "-" + format, server: plainServer, once: true}, ours(plainServer, "-f", format, "--concurrency", connections))
		}
		add(job{name: "large-" + format, server: largeServer, once: true}, ours(largeServer, "-f", format, "--concurrency", fourAtOnce))
	}
	return jobs
}

// jqFilter makes a row of the columns of each item.
func jqFilter(columns string) string {
	var paths []string
	for column := range strings.SplitSeq(columns, ",") {
		var segments []string
		for segment := range strings.SplitSeq(column, "/") {
			if !isNumber(segment) {
				segment = fmt.Sprintf("%q", segment)
			}
			segments = append(segments, segment)
		}
		paths = append(paths, "getpath(["+strings.Join(segments, ",")+"])")
	}
	header := `"` + strings.ReplaceAll(columns, ",", `","`) + `"`
	return "([" + header + "], (inputs | [" + strings.Join(paths, ",") + "])) | @csv"
}

// fromOne counts elements of arrays from 1, as Miller does.
func fromOne(columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		segments := strings.Split(name, "/")
		for j, segment := range segments {
			if isNumber(segment) {
				n := 0
				fmt.Sscan(segment, &n)
				segments[j] = fmt.Sprint(n + 1)
			}
		}
		names[i] = strings.Join(segments, "/")
	}
	return strings.Join(names, ",")
}

func isNumber(segment string) bool { return strings.Trim(segment, "0123456789") == "" }
