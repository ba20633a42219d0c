package s3

import (
	"bytes"
	"encoding/xml"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// failure is an answer that is an error.
type failure struct {
	Code    string
	Message string
}

// errorIn is the error that an answer holds; its Code is "" where it holds none.
func errorIn(text []byte) failure {
	root, rest := rootOf(text)
	if root.Name.Local != "Error" {
		return failure{}
	}
	var f failure
	_ = rest.DecodeElement(&f, &root) // what cannot be read is not told
	return f
}

// rootOf is the element that an answer consists of, and what is behind its start. It
// has no name where the answer is empty, or no XML.
func rootOf(text []byte) (xml.StartElement, *xml.Decoder) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			return xml.StartElement{}, decoder
		}
		if root, ok := token.(xml.StartElement); ok {
			return root, decoder
		}
	}
}

// explained puts an answer that is an error in our words.
func explained(answer *http.Response) error {
	return inOurWords(answer.StatusCode, errorIn(object.ReadRefusal(answer)), answer.Header)
}

// inOurWords is the error that a status and what the store says of it come to.
func inOurWords(status int, f failure, header http.Header) error {
	e := object.FromStatus(status, f.Code, f.Message, nil)
	e.Wait = header.Get("Retry-After")
	switch f.Code {
	case "NoSuchBucket":
		e.Problem, e.Hint = "there is no such bucket", "make the bucket first; its name, region and --endpoint-url may also be wrong"
	case "NoSuchUpload":
		e.Problem = "the upload is not there any more"
	case "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "BadDigest", "IncompleteBody", "XAmzContentChecksumMismatch",
		"OperationAborted", "ConditionalRequestConflict":
		e.Kind = object.Busy
	case "RequestTimeTooSkewed":
		e.Hint = "set this machine's clock: it differs from the store's"
	case "PermanentRedirect", "AuthorizationHeaderMalformed":
		e.Hint = "say the bucket's region with AWS_REGION"
	}
	return e
}
