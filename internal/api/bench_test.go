package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkPages reads 20,000 items of about 1 KB in adaptive pages, one request
// at a time. The answers are made before, so that the client alone counts.
func BenchmarkPages(b *testing.B) {
	text := strings.Repeat("lorem ipsum dolor ", 55)
	s := &itemServer{stored: 20_000, item: func(i int64) string { return fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, text) }}
	for _, compressed := range []bool{false, true} {
		b.Run(fmt.Sprintf("gzip=%v", compressed), func(b *testing.B) {
			answers := map[string]*http.Response{}
			bodies := map[string][]byte{}
			transport := roundTripper(func(r *http.Request) (*http.Response, error) {
				key := r.URL.RawQuery
				if answers[key] == nil {
					res, err := inProcess(s.ServeHTTP)(r)
					if err != nil {
						return nil, err
					}
					body, err := io.ReadAll(res.Body)
					if err == nil && compressed {
						res.Header.Set("Content-Encoding", "gzip")
						body, err = compress(body)
					}
					if err != nil {
						return nil, err
					}
					answers[key], bodies[key] = res, body
				}
				res := *answers[key]
				res.Header = res.Header.Clone()
				res.ContentLength = int64(len(bodies[key]))
				res.Body = io.NopCloser(bytes.NewReader(bodies[key]))
				return &res, nil
			})
			client, err := New(Options{Transport: &decompression{next: transport}})
			if err != nil {
				b.Fatal(err)
			}
			ref := mustRef(b, "~x")
			b.ReportAllocs()
			for b.Loop() {
				var size int64
				for page, err := range client.Datasets().Pages(b.Context(), ref, ItemsOptions{Concurrency: 1}) {
					if err != nil {
						b.Fatal(err)
					}
					size += int64(len(page.Data))
				}
				b.SetBytes(size)
			}
		})
	}
}
