package wire

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"

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

// What a compressed body may become: so many bytes, and so many times its
// compressed size. No data of anybody's is denser.
const (
	maxInflated     = 64 << 20
	maxInflatedRate = 100
)

// Decompressed reads a body of a Content-Encoding. A body that becomes larger
// than 64 MiB and a hundred times what was sent is an *http.MaxBytesError.
func Decompressed(encoding string, body io.Reader) (io.Reader, error) {
	sent := &counter{Reader: body}
	var plain io.Reader
	var err error
	switch strings.ToLower(encoding) {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		plain, err = gzip.NewReader(sent)
	case "br":
		plain = brotli.NewReader(sent)
	case "deflate":
		plain, err = inflated(sent)
	default:
		return nil, NewError(http.StatusUnsupportedMediaType, "unsupported-content-encoding",
			fmt.Sprintf("The content encoding %q is not supported; gzip, br and deflate are", Clipped(encoding)))
	}
	if err != nil {
		return nil, BodyError(err)
	}
	return &bounded{counter{Reader: plain}, sent}, nil
}

type counter struct {
	io.Reader
	count int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.count += int64(n)
	return n, err
}

// bounded ends when far more has come out than what went in can hold.
type bounded struct {
	plain counter
	sent  *counter
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.plain.Read(p)
	if limit := maxInflated + maxInflatedRate*b.sent.count; b.plain.count > limit {
		return 0, &http.MaxBytesError{Limit: limit}
	}
	return n, err
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
