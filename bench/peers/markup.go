package main

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/bench/flat"
)

// markup writes items as the format has them.
func markup(format string, items iter.Seq2[map[string]any, error], columns []string, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	known := map[string]struct {
		head, foot string
		item       func(map[string]any) error
	}{
		"xml": {"<items>\n", "</items>\n", func(item map[string]any) error { return element(out, "item", item) }},
		"rss": {
			"<rss version=\"2.0\">\n<channel>\n<title>bench</title>\n<description>items</description>\n", "</channel>\n</rss>\n",
			func(item map[string]any) error { return entry(out, item) },
		},
		"html": {
			"<!DOCTYPE html>\n<table>\n<tr><th>" + strings.Join(columns, "</th><th>") + "</th></tr>\n", "</table>\n",
			func(item map[string]any) error { return row(out, item, columns) },
		},
	}
	encoder, ok := known[format]
	if !ok {
		return fmt.Errorf("no format %q", format)
	}
	fmt.Fprint(out, encoder.head)
	for item, err := range items {
		if err == nil {
			err = encoder.item(item)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	fmt.Fprint(out, encoder.foot)
	return out.Flush()
}

func element(w io.Writer, name string, value any) error {
	if list, ok := value.([]any); ok {
		for _, each := range list {
			if err := element(w, name, each); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(w, "<%s>", name)
	if members, ok := value.(map[string]any); ok {
		for name, each := range members {
			if err := element(w, name, each); err != nil {
				return err
			}
		}
	} else if value != nil {
		if err := escaped(w, value); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "</%s>", name)
	return err
}

func escaped(w io.Writer, value any) error { return xml.EscapeText(w, []byte(fmt.Sprint(value))) }

// entry is an item of a feed: what readers look for, then its members.
func entry(w io.Writer, item map[string]any) error {
	fmt.Fprint(w, "<item>")
	for _, standard := range [][2]string{{"title", "title"}, {"link", "url"}, {"guid", "id"}} {
		if value, ok := item[standard[1]]; ok {
			if err := element(w, standard[0], value); err != nil {
				return err
			}
		}
	}
	if text, ok := item["scrapedAt"].(string); ok {
		if date, err := time.Parse(time.RFC3339, text); err == nil {
			if err := element(w, "pubDate", date.Format(time.RFC1123Z)); err != nil {
				return err
			}
		}
	}
	for name, value := range item {
		if name == "title" {
			continue
		}
		if err := element(w, name, value); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "</item>")
	return err
}

// row is a row of a table, with links where a cell is an address.
func row(w io.Writer, item map[string]any, columns []string) error {
	cells := map[string]any{}
	flat.Each(item, func(path string, value any) { cells[path] = value })
	fmt.Fprint(w, "<tr>")
	for _, name := range columns {
		fmt.Fprint(w, "<td>")
		if err := cell(w, cells[name]); err != nil {
			return err
		}
		fmt.Fprint(w, "</td>")
	}
	_, err := fmt.Fprint(w, "</tr>")
	return err
}

func cell(w io.Writer, value any) error {
	text, _ := value.(string)
	link := strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
	switch {
	case value == nil:
		return nil
	case !link:
		return escaped(w, value)
	}
	fmt.Fprint(w, `<a href="`)
	if err := escaped(w, text); err != nil {
		return err
	}
	fmt.Fprint(w, `">`)
	if err := escaped(w, text); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "</a>")
	return err
}
