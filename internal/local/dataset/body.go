package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// maxPushBytes is the platform's limit for a push, decompressed.
const maxPushBytes = 9_437_184

// readItems reads the body of a push: an object, or an array of objects. Text
// that is not UTF-8 is refused rather than changed.
func readItems(w http.ResponseWriter, r *http.Request) ([][]byte, error) {
	body, err := wire.ReadBody(w, r, maxPushBytes)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, wire.InvalidValue("The request body is not valid UTF-8 at byte %d", invalidUTF8(body))
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, wire.InvalidValue("The request body is not valid JSON at byte %d: %v", syntax.Offset, err)
		}
		return nil, wire.InvalidValue("The request body is not valid JSON: %v", err)
	}
	if whole[0] == '{' {
		return [][]byte{whole}, nil
	}
	if whole[0] != '[' {
		return nil, wire.InvalidValue("The request body must be a JSON object or an array of objects")
	}
	var items [][]byte
	for item, err := range rawjson.Elements(whole) {
		if err != nil {
			return nil, err
		}
		if item[0] != '{' {
			return nil, wire.InvalidValue("The item at position %d is not a JSON object", len(items))
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

// itemText is an item's file as Crawlee writes it: tabs, and no newline at the
// end. Numbers, escapes and the order of keys stay.
func itemText(item []byte) ([]byte, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, item, "", "\t"); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
