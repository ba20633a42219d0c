package serve

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzhttp/writer"
	"github.com/klauspost/compress/gzhttp/writer/gzkp"
	"github.com/klauspost/compress/zlib"
)

// encodings are those of the platform, the cheapest first: where a client takes
// several, time on this machine counts more than bytes.
func encodings() []string { return []string{"gzip", "br", "deflate"} }

// packer makes the writers of an encoding.
func packer(encoding string) func(w io.Writer, level int) writer.GzipWriter {
	switch encoding {
	case "br":
		return func(w io.Writer, level int) writer.GzipWriter { return brotli.NewWriterLevel(w, level) }
	case "deflate":
		return func(w io.Writer, level int) writer.GzipWriter {
			packed, err := zlib.NewWriterLevel(w, level)
			if err != nil {
				panic(err) // the level is a constant
			}
			return packed
		}
	}
	return gzkp.NewWriter
}

// compressed answers in gzip, br or deflate where the client takes it and it is
// worth it.
func compressed(next http.Handler) (http.Handler, error) {
	packing := map[string]http.Handler{"": next}
	for _, name := range encodings() {
		wrap, err := gzhttp.NewWrapper(
			gzhttp.Implementation(writer.GzipWriterFactory{Levels: gzkp.Levels, New: packer(name)}),
			gzhttp.EnableZstd(false), gzhttp.CompressionLevel(1))
		if err != nil {
			return nil, err
		}
		packing[name] = named(name, wrap(next))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chosen := choose(r.Header.Values("Accept-Encoding"))
		if chosen == "" {
			w.Header().Add("Vary", "Accept-Encoding")
		} else {
			// What gzhttp decides by.
			r = r.Clone(r.Context())
			r.Header.Set("Accept-Encoding", "gzip")
		}
		packing[chosen].ServeHTTP(w, r)
	}), nil
}

// named has answers say what they are packed with: gzhttp knows gzip only. A
// packed answer has an ETag of its own, since its bytes are others: a client
// that has a part of one must not put a part of the plain one behind it.
func named(encoding string, packing http.Handler) http.Handler {
	suffix := "-" + encoding + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := r.Header.Get("If-None-Match")
		if strings.Contains(known, suffix) { // r is the caller's own
			r.Header.Set("If-None-Match", strings.ReplaceAll(known, suffix, `"`))
		}
		packing.ServeHTTP(&headWriter{ResponseWriter: w, before: func(header http.Header, status int) {
			packed := header.Get("Content-Encoding") == "gzip"
			if packed {
				header.Set("Content-Encoding", encoding)
			}
			tag, ok := strings.CutSuffix(header.Get("ETag"), `"`)
			if ok && (packed || status == http.StatusNotModified && strings.Contains(known, tag+suffix)) {
				header.Set("ETag", tag+suffix)
			}
		}}, r)
	})
}

// choose picks the encoding that a client likes best; "": none.
func choose(accepted []string) string {
	quality := map[string]float64{}
	for choice := range strings.SplitSeq(strings.Join(accepted, ","), ",") {
		name, parameters, _ := strings.Cut(choice, ";")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				q = 0
			}
		}
		quality[strings.ToLower(strings.TrimSpace(name))] = q
	}
	chosen, best := "", 0.0
	for _, name := range encodings() {
		q, ok := quality[name]
		if !ok {
			q = quality["*"]
		}
		if q > best {
			chosen, best = name, q
		}
	}
	return chosen
}
