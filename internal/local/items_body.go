package local

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/andybalholm/brotli"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// maxPushBytes is the platform's limit for a push, decompressed.
const maxPushBytes = 9_437_184

// readItems reads the body of a push: an object, or an array of objects. Text
// that is not UTF-8 is refused rather than changed.
func readItems(w http.ResponseWriter, r *http.Request) ([][]byte, error) {
	body, err := readBody(w, r, maxPushBytes)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, invalidValue("The request body is not valid UTF-8 at byte %d", invalidUTF8(body))
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, invalidValue("The request body is not valid JSON at byte %d: %v", syntax.Offset, err)
		}
		return nil, invalidValue("The request body is not valid JSON: %v", err)
	}
	if isObject(whole) {
		return [][]byte{whole}, nil
	}
	if whole[0] != '[' {
		return nil, invalidValue("The request body must be a JSON object or an array of objects")
	}
	var items [][]byte
	for item, err := range rawjson.Elements(whole) {
		if err != nil {
			return nil, err
		}
		if !isObject(item) {
			return nil, invalidValue("The item at position %d is not a JSON object", len(items))
		}
		items = append(items, item)
	}
	return items, nil
}

func invalidUTF8(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// readBody reads and decompresses a request's body, within a limit that holds
// for both.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	// A compressed body is never larger than the limit in earnest; the limit
	// for what it unpacks to guards against bombs.
	plain, err := decompressed(r.Header.Get("Content-Encoding"), http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(plain, limit+1))
	if err != nil {
		return nil, bodyError(err)
	}
	if int64(len(body)) > limit {
		return nil, bodyError(&http.MaxBytesError{Limit: limit})
	}
	return body, nil
}

func decompressed(encoding string, body io.Reader) (io.Reader, error) {
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
		return nil, &apiError{
			http.StatusUnsupportedMediaType, "unsupported-content-encoding",
			fmt.Sprintf("The content encoding %q is not supported; gzip, br and deflate are", clipped(encoding)),
		}
	}
	if err != nil {
		return nil, bodyError(err)
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

// itemText is an item's file as Crawlee writes it: tabs, and no newline at the
// end. Numbers, escapes and the order of keys stay.
func itemText(item []byte) ([]byte, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, item, "", "\t"); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
