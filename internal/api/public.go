package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/secret"
)

// The API's objects hold what opens a storage to whoever has it: the secret that
// links are signed with, and links that are signed for ever. Output ends up in
// logs, so neither is part of it; signed links are for `share` to make.

// publicObject returns a storage's or a record's object, compact and without what
// is secret.
func publicObject(object []byte) (json.RawMessage, error) {
	return rawjson.Edit(object, func(m rawjson.Member) ([]byte, error) {
		if secretMember(m.Name()) {
			return nil, nil
		}
		return rawjson.AppendCompact(nil, publicValue(m))
	})
}

// secretMember: encoding/json takes a member in any case for the field, so this does too.
func secretMember(name string) bool { return strings.EqualFold(name, "urlSigningSecretKey") }

// publicValue is a member's value, of a link without its signature.
func publicValue(member rawjson.Member) []byte {
	var link string
	if !strings.HasSuffix(strings.ToLower(member.Name()), "publicurl") || member.Value[0] != '"' ||
		json.Unmarshal(member.Value, &link) != nil {
		return member.Value
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(unsigned(link)); err != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(text.Bytes())
}

// unsigned is a link without what signs it.
func unsigned(link string) string {
	head, query, _ := strings.Cut(link, "?")
	parts := slices.DeleteFunc(strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }), func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		return err != nil || secret.Name(plain)
	})
	if len(parts) == 0 {
		return head
	}
	return head + "?" + strings.Join(parts, "&")
}

// holdsUserData tells that what is at a path of the API is its users' own: it is
// handed on as it is.
func holdsUserData(path string) bool {
	return strings.Contains(path, "/records/") || strings.Contains(path, "/requests") ||
		strings.HasSuffix(path, "/items") || strings.HasSuffix(path, "/head")
}

// withoutSecrets takes what is secret out of the API's own objects. What holds
// nothing of the kind stays as it is, byte for byte, and so does what is no JSON.
func withoutSecrets(header http.Header, body []byte) ([]byte, error) {
	if !strings.HasPrefix(header.Get("Content-Type"), "application/json") || !holdsSecrets(body) {
		return body, nil
	}
	clean, err := appendPublic(make([]byte, 0, len(body)), bytes.TrimSpace(body))
	if err != nil {
		return nil, &answerError{err: err}
	}
	return clean, nil
}

func holdsSecrets(body []byte) bool {
	body = bytes.ToLower(body)
	return bytes.Contains(body, []byte("urlsigningsecretkey")) || bytes.Contains(body, []byte("publicurl"))
}

// appendPublic writes a JSON value without the secrets of the objects in it.
func appendPublic(dst, value []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(value, []byte{'{'}):
		return rawjson.AppendEdited(dst, value, func(m rawjson.Member) ([]byte, error) {
			if secretMember(m.Name()) {
				return nil, nil
			}
			return appendPublic(nil, publicValue(m))
		})
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
