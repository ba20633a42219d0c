// Package pages gets the items of a dataset as JSON arrays.
package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
)

const size = 10_000

// Fetch gets page after page from the items' address, as net/http has it: one
// connection, gzip undone on the way.
func Fetch(url string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for offset := 0; ; offset += size {
			page, total, err := get(fmt.Sprintf("%s?offset=%d&limit=%d", url, offset, size))
			if err == nil && len(page) == len("[]") {
				return
			}
			if !yield(page, err) || err != nil || offset+size >= total {
				return
			}
		}
	}
}

func get(url string) (page []byte, total int, err error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("%s: %s", url, answer.Status)
	}
	if _, err := fmt.Sscan(answer.Header.Get("X-Apify-Pagination-Total"), &total); err != nil {
		return nil, 0, fmt.Errorf("total: %w", err)
	}
	page, err = io.ReadAll(answer.Body)
	return page, total, err
}

// Load reads a file of JSON Lines into memory, as pages.
func Load(path string) (iter.Seq2[[]byte, error], error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	const items = 1000
	var all [][]byte
	for lines := bytes.Split(bytes.TrimSpace(text), []byte{'\n'}); len(lines) > 0; {
		n := min(items, len(lines))
		page := append([]byte{'['}, bytes.Join(lines[:n], []byte{','})...)
		all = append(all, append(page, ']'))
		lines = lines[n:]
	}
	return func(yield func([]byte, error) bool) {
		for _, page := range all {
			if !yield(page, nil) {
				return
			}
		}
	}, nil
}

// Items decodes pages into maps.
func Items(pages iter.Seq2[[]byte, error]) iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		for page, err := range pages {
			var items []map[string]any
			if err == nil {
				decoder := json.NewDecoder(bytes.NewReader(page))
				decoder.UseNumber()
				err = decoder.Decode(&items)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
