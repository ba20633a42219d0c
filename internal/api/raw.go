package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// RawRequest is a request to an endpoint that nothing here knows.
type RawRequest struct {
	Method      string
	Path        string // below /v2, escaped, with a slash in front
	Query       url.Values
	Body        []byte // nil for none
	ContentType string // of Body; "" is JSON
}

// RawAnswer is an answer as it came, decompressed.
type RawAnswer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Raw carries out any request, with the retries that its method allows. An
// answer of 400 and more is an *Error. The signing secrets of storages are taken
// out of answers that hold any.
func (c *Client) Raw(ctx context.Context, raw RawRequest) (*RawAnswer, error) {
	r := request{method: raw.Method, path: raw.Path, query: raw.Query, body: raw.Body, storage: raw.Path}
	r.once = raw.Method == http.MethodPost || raw.Method == http.MethodPatch
	r.header = http.Header{"Accept": {"*/*"}}
	if raw.Body != nil {
		contentType := raw.ContentType
		if contentType == "" {
			contentType = "application/json; charset=utf-8"
		}
		r.header.Set("Content-Type", contentType)
	}
	answer, err := c.send(ctx, attempt{request: &r})
	if err != nil {
		return nil, err
	}
	body := answer.body
	if !strings.Contains(raw.Path, "/records/") && !strings.HasSuffix(raw.Path, "/items") {
		body, err = withoutSecrets(answer.header, body)
	}
	return &RawAnswer{Status: answer.status, Header: answer.header, Body: body}, err
}

// withoutSecrets takes the signing secrets out of the API's own objects, which
// no output may show. What holds none stays as it is, byte for byte, and so
// does what is no JSON: it is a user's own.
func withoutSecrets(header http.Header, body []byte) ([]byte, error) {
	if !strings.HasPrefix(header.Get("Content-Type"), "application/json") || !bytes.Contains(body, []byte(`"urlSigningSecretKey"`)) {
		return body, nil
	}
	clean, err := appendPublic(make([]byte, 0, len(body)), bytes.TrimSpace(body))
	if err != nil {
		return nil, &answerError{err: err}
	}
	return clean, nil
}

// appendPublic writes a JSON value without the secrets of the objects in it.
func appendPublic(dst, value []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(value, []byte{'{'}):
		dst = append(dst, '{')
		start := len(dst)
		for member, err := range rawjson.Members(value) {
			switch {
			case err != nil:
				return nil, err
			case member.Name() == "urlSigningSecretKey":
				continue
			case len(dst) > start:
				dst = append(dst, ',')
			}
			if dst, err = appendPublic(append(append(dst, member.Key...), ':'), member.Value); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case bytes.HasPrefix(value, []byte{'['}):
		dst = append(dst, '[')
		start := len(dst)
		for element, err := range rawjson.Elements(value) {
			if err != nil {
				return nil, err
			}
			if len(dst) > start {
				dst = append(dst, ',')
			}
			if dst, err = appendPublic(dst, element); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	return append(dst, value...), nil
}
