// Command peers does what a Go program would do with the usual libraries: JSON
// Lines from stdin to XLSX with excelize's StreamWriter, or to XML with maps
// and encoding/xml's escaping.
package main

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

func main() {
	var err error
	switch os.Args[1] {
	case "xlsx":
		err = toXLSX(os.Stdin, os.Args[2], strings.Split(os.Args[3], ","))
	case "xml":
		err = toXML(os.Stdin, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func each(r io.Reader, use func(map[string]any) error) error {
	decoder := json.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	decoder.UseNumber()
	for decoder.More() {
		var item map[string]any
		if err := decoder.Decode(&item); err != nil {
			return err
		}
		if err := use(item); err != nil {
			return err
		}
	}
	return nil
}

func toXLSX(r io.Reader, path string, columns []string) error {
	file := excelize.NewFile()
	sheet, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	index := map[string]int{}
	header := make([]any, len(columns))
	for i, name := range columns {
		header[i], index[name] = name, i
	}
	if err := sheet.SetRow("A1", header); err != nil {
		return err
	}
	line := 1
	err = each(r, func(item map[string]any) error {
		row := make([]any, len(columns))
		flatten("", item, func(path string, value any) {
			if number, ok := value.(json.Number); ok {
				value, _ = number.Float64()
			}
			row[index[path]] = value
		})
		line++
		return sheet.SetRow(fmt.Sprintf("A%d", line), row)
	})
	if err != nil {
		return err
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return file.SaveAs(path)
}

func flatten(path string, value any, use func(string, any)) {
	below := func(name string, value any) {
		if path != "" {
			name = path + "/" + name
		}
		flatten(name, value, use)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, each := range value {
			below(name, each)
		}
	case []any:
		for i, each := range value {
			below(fmt.Sprint(i), each)
		}
	default:
		use(path, value)
	}
}

func toXML(r io.Reader, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprintln(out, "<items>")
	err := each(r, func(item map[string]any) error { return element(out, "item", item) })
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "</items>")
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
		if err := xml.EscapeText(w, []byte(fmt.Sprint(value))); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "</%s>", name)
	return err
}
