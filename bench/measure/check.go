package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// checker reads what a job wrote and finds out whether every item is in it.
type checker func(r io.Reader, items int) error

func anything(r io.Reader, _ int) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

func wrote(found, items int) error {
	if found != items {
		return fmt.Errorf("%d items instead of %d", found, items)
	}
	return nil
}

func countLines(r io.Reader, items int) error {
	count := 0
	buffer := make([]byte, 1<<16)
	for {
		n, err := r.Read(buffer)
		count += bytes.Count(buffer[:n], []byte{'\n'})
		if errors.Is(err, io.EOF) {
			return wrote(count, items)
		}
		if err != nil {
			return err
		}
	}
}

func countRecords(r io.Reader, items int) error {
	reader := csv.NewReader(bufio.NewReaderSize(r, 1<<16))
	reader.ReuseRecord = true
	for count := 0; ; count++ {
		if _, err := reader.Read(); errors.Is(err, io.EOF) {
			return wrote(count-1, items) // the header
		} else if err != nil {
			return err
		}
	}
}

func countMarks(mark string) checker {
	return func(r io.Reader, items int) error {
		count, kept := 0, 0
		buffer := make([]byte, 1<<16)
		for {
			n, err := r.Read(buffer[kept:])
			text := buffer[:kept+n]
			count += bytes.Count(text, []byte(mark))
			// What may be the start of a mark is looked at again with what follows.
			kept = copy(buffer, text[max(0, len(text)-len(mark)+1):])
			if errors.Is(err, io.EOF) {
				return wrote(count, items)
			}
			if err != nil {
				return err
			}
		}
	}
}

// countRows counts the rows of a workbook without its header.
func countRows(r io.Reader, items int) error {
	file, ok := r.(*os.File)
	if !ok {
		return errors.New("a workbook is read from a file")
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return err
	}
	for _, part := range archive.File {
		if !strings.HasSuffix(part.Name, "/sheet1.xml") {
			continue
		}
		sheet, err := part.Open()
		if err != nil {
			return err
		}
		return errors.Join(countMarks("<row ")(sheet, items+1), sheet.Close())
	}
	return errors.New("no sheet")
}
