package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// many are datasets of the same length. Their items are made and compressed
// beforehand, too; a tenth of those of each are in the one before, as well.
type many struct {
	items    int
	datasets []stored
}

// stored is a dataset as it is sent when all of it is asked for.
type stored struct{ json, jsonl []byte } // gzip

func newMany(datasets, items int) *many {
	m := &many{items: items}
	packer, _ := gzip.NewWriterLevel(nil, 6) // fails for an unknown level only
	for d := range datasets {
		made := make([][]byte, items)
		for i := range made {
			made[i] = m.item(d, i)
		}
		m.datasets = append(m.datasets, stored{
			json:  gzipped(packer, slices.Concat([]byte("["), bytes.Join(made, []byte(",")), []byte("]"))),
			jsonl: gzipped(packer, append(bytes.Join(made, []byte("\n")), '\n')),
		})
	}
	return m
}

func (m *many) item(dataset, i int) []byte {
	id := dataset*m.items + i
	if i%10 == 0 {
		id -= m.items - 1 // the second item of the last ten, one dataset before
	}
	return fmt.Appendf(nil, `{"id":%d,"url":"https://example.com/products/%[1]d","title":"Product number %[1]d","price":{"amount":%d.99,"currency":"EUR"},"tags":["new","sale","t%d"],"description":"A thing with the number %[1]d, which does what a thing does, and comes in a box."}`,
		id, (id%1000+1000)%1000, (id%17+17)%17)
}

func gzipped(packer *gzip.Writer, text []byte) []byte {
	var out bytes.Buffer
	packer.Reset(&out)
	_, err := packer.Write(text)
	if err == nil {
		err = packer.Close()
	}
	if err != nil {
		panic(err) // to memory
	}
	return bytes.Clone(out.Bytes())
}

func (m *many) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil {
			return otherwise
		}
		return n
	}
	rest := strings.TrimPrefix(r.URL.Path, "/v2/datasets")
	if rest == "" {
		offset := min(number("offset", 0), len(m.datasets))
		end := min(offset+number("limit", 1000), len(m.datasets))
		list := []any{}
		for d := offset; d < end; d++ {
			list = append(list, m.about(d))
		}
		answer(w, http.StatusOK, map[string]any{"data": map[string]any{"items": list, "total": len(m.datasets), "offset": offset, "limit": 1000, "count": len(list), "desc": false}})
		return
	}
	reference, endpoint, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	d, err := strconv.Atoi(reference[max(0, len(reference)-6):])
	if err != nil || d >= len(m.datasets) {
		answer(w, http.StatusNotFound, map[string]any{"error": map[string]string{"type": "record-not-found", "message": "no such dataset"}})
		return
	}
	if endpoint != "items" {
		answer(w, http.StatusOK, map[string]any{"data": m.about(d)})
		return
	}
	m.page(w, r, d, number("offset", 0), number("limit", m.items))
}

func (m *many) about(d int) map[string]any {
	const then = "2024-01-01T00:00:00.000Z"
	return map[string]any{
		"id": fmt.Sprintf("bench000000%06d", d), "name": fmt.Sprintf("d%06d", d), "userId": "user0000000000001", "itemCount": m.items, "cleanItemCount": m.items,
		"createdAt": then, "modifiedAt": then, "accessedAt": then,
	}
}

// page sends a whole dataset or nothing, which is what lies behind its end.
func (m *many) page(w http.ResponseWriter, r *http.Request, d, offset, limit int) {
	body, kind, count := m.datasets[d].json, "application/json; charset=utf-8", m.items
	if r.URL.Query().Get("format") == "jsonl" {
		body, kind = m.datasets[d].jsonl, "application/x-ndjson"
	}
	switch {
	case offset >= m.items:
		body, count = gzipped(gzip.NewWriter(nil), []byte("[]")), 0
	case offset > 0 || limit < m.items || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
		answer(w, http.StatusNotImplemented, map[string]any{"error": map[string]string{"type": "not-implemented", "message": "only whole datasets, compressed"}})
		return
	}
	header := w.Header()
	for name, value := range map[string]int{"Offset": offset, "Limit": limit, "Count": count, "Total": m.items} {
		header.Set("X-Apify-Pagination-"+name, strconv.Itoa(value))
	}
	header.Set("X-Apify-Pagination-Desc", "false")
	header.Set("Content-Type", kind)
	header.Set("Content-Encoding", "gzip")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body); err != nil && r.Context().Err() == nil {
		log.Print(err)
	}
}
