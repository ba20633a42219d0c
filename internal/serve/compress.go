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
			gzhttp.EnableZstd(false), gzhttp.CompressionLevel(1), gzhttp.KeepAcceptRanges())
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

// named has answers say what they are packed with: gzhttp knows gzip only.
func named(encoding string, packing http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		packing.ServeHTTP(&namedWriter{ResponseWriter: w, encoding: encoding}, r)
	})
}

type namedWriter struct {
	http.ResponseWriter
	encoding string
	begun    bool
}

func (w *namedWriter) WriteHeader(status int) {
	if w.Header().Get("Content-Encoding") == "gzip" {
		w.Header().Set("Content-Encoding", w.encoding)
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *namedWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (w *namedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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
