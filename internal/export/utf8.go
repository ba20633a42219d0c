package export

import (
	"errors"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

var errNotUTF8 = errors.New("not valid UTF-8, which JSON is")

// checkText refuses a page that is not UTF-8, which no format could write but by
// changing it. It names the first item that is not.
func checkText(page []byte) error {
	if utf8.Valid(page) {
		return nil
	}
	item := int64(0)
	for element, err := range rawjson.Elements(page) {
		if err != nil {
			break // the page has a fault besides
		}
		item++
		if !utf8.Valid(element) {
			return &ItemError{Item: item, Err: errNotUTF8}
		}
	}
	return errNotUTF8
}
