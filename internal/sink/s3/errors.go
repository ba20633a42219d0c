package s3

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// failure is an answer that is an error.
type failure struct {
	Code    string
	Message string
}

// told is the error that an answer holds; its Code is "" where it holds none.
func told(text []byte) failure {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			return failure{} // it is empty, or no XML
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
			continue
		case start.Name.Local != "Error":
			return failure{}
		}
		var f failure
		_ = decoder.DecodeElement(&f, &start) // what cannot be read is not told
		return f
	}
}

// explained puts an answer that is an error in our words.
func explained(answer *http.Response) error {
	defer func() { _ = answer.Body.Close() }()                 // nothing more is wanted of it
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10)) // what could not be read is not told
	return inOurWords(answer.StatusCode, told(text), answer.Header)
}

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
