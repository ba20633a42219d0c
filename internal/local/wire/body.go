package wire

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"

	"github.com/andybalholm/brotli"
)

// ReadBody reads and decompresses a request's body, within a limit that holds
// for both.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	// A compressed body is never larger than the limit in earnest; the limit
	// for what it unpacks to guards against bombs.
	plain, err := Decompressed(r.Header.Get("Content-Encoding"), http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(plain, limit+1))
	if err != nil {
		return nil, BodyError(err)
	}
	if int64(len(body)) > limit {
		return nil, BodyError(&http.MaxBytesError{Limit: limit})
	}
	return body, nil
}

func Decompressed(encoding string, body io.Reader) (io.Reader, error) {
	var plain io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return body, nil
	case "gzip":
		plain, err = gzip.NewReader(body)
	case "br":
		plain = brotli.NewReader(body)
	case "deflate":
		plain, err = inflated(body)
	default:
		return nil, NewError(http.StatusUnsupportedMediaType, "unsupported-content-encoding",
			fmt.Sprintf("The content encoding %q is not supported; gzip, br and deflate are", Clipped(encoding)))
	}
	if err != nil {
		return nil, BodyError(err)
	}
	return plain, nil
}

// inflated reads deflate with the zlib header that HTTP prescribes, or without
// it, as some clients send it.
func inflated(body io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(body)
	header, err := buffered.Peek(2)
	if err == nil && header[0]&0x0f == 8 && (uint(header[0])<<8|uint(header[1]))%31 == 0 {
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}
