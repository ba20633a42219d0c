package main

import (
	"encoding/json"
	"fmt"
	"iter"

	"github.com/xuri/excelize/v2"

	"github.com/apifyctl/apifyctl/bench/flat"
)

func toXLSX(items iter.Seq2[map[string]any, error], path string, columns []string) error {
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
	for item, err := range items {
		if err != nil {
			return err
		}
		row := make([]any, len(columns))
		flat.Each(item, func(path string, value any) {
			if number, ok := value.(json.Number); ok {
				value, _ = number.Float64()
			}
			row[index[path]] = value
		})
		line++
		if err := sheet.SetRow(fmt.Sprintf("A%d", line), row); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return file.SaveAs(path)
}
