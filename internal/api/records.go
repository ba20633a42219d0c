package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxKey is the API's limit for the length of a key.
const maxKey = 256

// KeyError is text that is no key of a record.
type KeyError struct{ Key string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("%q is not a key: it can have 1 to %d of the characters a-z, A-Z, 0-9 and !-_.'()", shorten(e.Key, 80), maxKey)
}

// ValidKey checks a key by the API's rule. The error is a *KeyError.
func ValidKey(key string) error {
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune("!-_.'()", r) }) {
		return &KeyError{key}
	}
	return nil
}

// validMediaType refuses what would be more than one header, or none: a media type
// can come from an archive of somebody else.
func validMediaType(text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("%q is not a media type", shorten(text, 80))
	}
	return nil
}

// RecordInfo is what the API says of a record besides its value.
type RecordInfo struct {
	ContentType     string
	ContentEncoding string // of the value as it is stored, or at least sent; "" for none
	Size            int64  // bytes, encoded; -1 for unknown
	ETag            string
	LastModified    string // as the header has it
}

func recordInfo(header http.Header, size int64) RecordInfo {
	encoding := strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding")))
	if encoding == "identity" {
		encoding = ""
	}
	return RecordInfo{
		ContentType: header.Get("Content-Type"), ContentEncoding: encoding, Size: size,
		ETag: header.Get("ETag"), LastModified: header.Get("Last-Modified"),
	}
}

// validator is what If-Range may hold; "" where nothing tells one version of a
// value from another.
func (i RecordInfo) validator() string {
	if i.ETag != "" && !strings.HasPrefix(i.ETag, "W/") {
		return i.ETag
	}
	return i.LastModified
}

// recordPath is a record's path below its storage's. Keys of dots alone would
// be taken for steps of the path.
func recordPath(storage, key string) string {
	segment := url.PathEscape(key)
	if key == "." || key == ".." {
		segment = strings.ReplaceAll(key, ".", "%2E")
	}
	return storage + "/records/" + segment
}

// recordEncodings are those that values may be stored in.
const recordEncodings = "gzip, deflate, br"

func (s KeyValueStores) recordRequest(method, path, key string, ref Ref) request {
	return request{
		method: method, path: recordPath(path, key), query: ref.query,
		storage: path, class: limitRecords,
		header: http.Header{"Accept": {"*/*"}, "Accept-Encoding": {recordEncodings}},
	}
}

// valueRequest asks for the value as it is: without attachment the platform puts
// a snippet into HTML, and counts it in the size.
func (s KeyValueStores) valueRequest(method, path, key string, ref Ref) request {
	r := s.recordRequest(method, path, key, ref)
	r.query = cloneQuery(ref.query)
	setFlag(r.query, "attachment", true)
	r.check = checkValue
	return r
}

// checkValue takes the statuses that a value comes with: anything may be a value,
// so nothing else tells it from what a proxy has to say.
func checkValue(answer *response) error {
	if answer.status == http.StatusOK || answer.status == http.StatusPartialContent {
		return nil
	}
	if answer.stream != nil {
		_ = answer.stream.Close() // of what nobody wants
	}
	return contradicts("%d instead of a value", answer.status)
}

// HeadRecord tells about a record without its value.
func (s KeyValueStores) HeadRecord(ctx context.Context, ref Ref, key string) (RecordInfo, error) {
	return resolve(s.client, ref, s.kind, func(path string) (RecordInfo, error) {
		r := s.valueRequest(http.MethodHead, path, key, ref)
		answer, err := s.client.send(ctx, attempt{request: &r})
		if err != nil {
			return RecordInfo{}, err
		}
		size, err := strconv.ParseInt(answer.header.Get("Content-Length"), 10, 64)
		if err != nil {
			size = -1
		}
		return recordInfo(answer.header, size), nil
	})
}

// Upload is a value to store.
type Upload struct {
	ContentType     string
	ContentEncoding string                        // what the bytes are compressed with: gzip, br, deflate; "" for nothing
	Size            int64                         // of the bytes as they are sent
	Open            func() (io.ReadCloser, error) // from the start, for each try anew
}

// PutRecord stores a value under a key, in the place of the one that was there.
// Repeating it does no harm, so it is repeated as often as needed.
func (s KeyValueStores) PutRecord(ctx context.Context, ref Ref, key string, upload Upload) error {
	if err := ValidKey(key); err != nil {
		return err
	}
	if err := validMediaType(upload.ContentType); err != nil {
		return err
	}
	_, err := resolve(s.client, ref, s.kind, func(path string) (*response, error) {
		r := s.recordRequest(http.MethodPut, path, key, ref)
		r.header = http.Header{"Accept": {"application/json"}, "Content-Type": {upload.ContentType}}
		if upload.ContentEncoding != "" {
			r.header.Set("Content-Encoding", upload.ContentEncoding)
		}
		r.upload = &upload
		r.statusIsAll = true
		r.check = checkStored
		return s.client.send(ctx, attempt{request: &r})
	})
	return err
}

// DeleteRecord deletes a record. That there is none is no error.
func (s KeyValueStores) DeleteRecord(ctx context.Context, ref Ref, key string) error {
	_, err := resolve(s.client, ref, s.kind, func(path string) (*response, error) {
		r := s.recordRequest(http.MethodDelete, path, key, ref)
		r.goneIsDone = true
		r.check = checkDeleted
		return s.client.send(ctx, attempt{request: &r})
	})
	return err
}
