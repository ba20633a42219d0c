package main

// row is one line of the table: a job, and what it is held against. In seconds
// where the bound is a ratio, in MB where it is memory. Rows of memory come in
// threes, a format each, and their text is the format.
type row struct {
	name, text   string
	job, against string // against "" is the bound itself
	how          comparison
	bound        float64 // 0: none was set
}

type comparison int

const (
	share       comparison = iota // seconds of job in those of against: at most the bound
	timesAs                       // how many times as fast job is as against: at least the bound
	memory                        // megabytes of job: at most the bound
	memoryTimes                   // megabytes of job in those of against: at most the bound
	memoryShare                   // the same, beside seconds
)

func rows() []row {
	all := []row{
		{"jsonl", "JSONL to /dev/null / `curl --compressed`", "jsonl", "curl", share, 0.75},
		{"csv", "CSV to /dev/null, columns given / curl", "csv", "curl", share, 0.9},
		{"csv-file", "CSV to a file, columns given / curl", "csv-file", "curl", share, 1.2},
		{"csv-unknown", "CSV to a file, columns not given / given", "csv-unknown", "csv-file", share, 2.2},
		{"csv-slow", "CSV, 100 ms, 10 MB/s a connection, 60 requests/s, 16 connections / curl", "csv-slow", "curl-slow", share, 0.2},
		{"client-1000", "JSONL / `apify-client`'s iterator, pages of 1,000, 50 ms, 10 MB/s a connection (small)", "jsonl-50ms", "client-1000", timesAs, 15},
		{"client-10000", "JSONL / `apify-client`'s iterator, pages of 10,000, 50 ms, 10 MB/s a connection (small)", "jsonl-50ms", "client-10000", timesAs, 8},
		{"cli", "CSV / `apify datasets get-items --format csv`, 50 ms, 10 MB/s a connection (small)", "csv-50ms", "cli", timesAs, 8},
		{"cli-wide", "CSV / `apify datasets get-items --format csv`, 50 ms, any bandwidth (small)", "csv-wide", "cli-wide", timesAs, 0},
		{"jq", "CSV, columns given / curl and jq (small)", "csv-small", "jq", timesAs, 40},
		{"miller", "CSV, columns given / curl and Miller (small)", "csv-small", "miller", timesAs, 30},
		{"duckdb", "CSV, columns given / curl and DuckDB (small)", "csv-small", "duckdb", timesAs, 6},
		{"json2csv", "CSV, columns given / curl and `@json2csv/node` (small)", "csv-small", "json2csv", timesAs, 0},
		{"xlsx", "XLSX, columns given / excelize's StreamWriter (small)", "xlsx-small", "excelize", timesAs, 8},
		{"parquet", "Parquet to a file / CSV to a file, columns of both not given", "parquet", "csv-unknown", share, 1.3},
		{"parquet-duckdb", "Parquet, fetched / DuckDB's `COPY (FROM read_json)` of a file (small)", "parquet-small", "duckdb-parquet", timesAs, 2},
		{"parquet-duckdb-memory", "Parquet / DuckDB's `COPY (FROM read_json)`, memory (small)", "parquet-small", "duckdb-parquet", memoryShare, 0.25},
		{"xml-encoder", "XML, encoder alone / maps and encoding/xml (small)", "xml-ours", "xml-maps", timesAs, 15},
		{"rss-encoder", "RSS, encoder alone / maps and encoding/xml (small)", "rss-ours", "rss-maps", timesAs, 15},
		{"html-encoder", "HTML, encoder alone / maps and encoding/xml (small)", "html-ours", "html-maps", timesAs, 15},
		{"xml", "XML, fetched and written / a program with maps and encoding/xml (small)", "xml-small", "xml-peer", timesAs, 0},
		{"rss", "RSS, fetched and written / a program with maps and encoding/xml (small)", "rss-small", "rss-peer", timesAs, 0},
		{"html", "HTML, fetched and written / a program with maps and encoding/xml (small)", "html-small", "html-peer", timesAs, 0},
	}
	for _, format := range formats() {
		four, sixteen, large := "memory-4-"+format, "memory-16-"+format, "large-"+format
		all = append(
			all,
			row{four, format, four, "", memory, mostOf(format)},
			row{sixteen, format, sixteen, "", memory, mostOfSixteen},
			row{large, format, large, four, memoryTimes, mostOfLarge},
		)
	}
	return all
}

// The bounds of memory, in MB and in times.
const (
	mostOfFour    = 64
	mostOfSixteen = 128
	mostOfLarge   = 1.2
)

// mostOf is the bound with four connections. Parquet encodes whole columns.
func mostOf(format string) float64 {
	if format == "parquet" {
		return mostOfSixteen
	}
	return mostOfFour
}

func formats() []string {
	return []string{"json", "jsonl", "csv", "tsv", "xlsx", "parquet", "xml", "rss", "html"}
}
