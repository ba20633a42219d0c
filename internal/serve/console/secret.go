package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// secretMember is a storage's signing secret, which a page has no use for.
const secretMember = "urlSigningSecretKey"

// holdsSecret tells whether a request is answered with a storage's object: the
// API sends the secret in those alone.
func holdsSecret(r *http.Request) bool {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	return len(parts) == 3 || len(parts) == 2 && r.Method == http.MethodPost
}

// withoutSecret holds a storage's object back until the secret is taken out.
type withoutSecret struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *withoutSecret) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
}

func (w *withoutSecret) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// flush sends what is left. What cannot be read is not sent.
func (w *withoutSecret) flush() {
	body := w.body.Bytes()
	if bytes.Contains(bytes.ToLower(body), []byte(strings.ToLower(secretMember))) {
		var answer map[string]json.RawMessage
		var object map[string]json.RawMessage
		if json.Unmarshal(body, &answer) != nil || json.Unmarshal(answer["data"], &object) != nil {
			body = nil
		} else {
			delete(object, secretMember)
			answer["data"], _ = json.Marshal(object) // of what was just read
			body, _ = json.Marshal(answer)
		}
	}
	w.Header().Del("Content-Length")
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.ResponseWriter.WriteHeader(w.status)
	_, _ = w.ResponseWriter.Write(body) // else the browser has gone
}
