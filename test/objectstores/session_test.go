package objectstores

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// session answers what a resumable upload to Google has taken so far. fake-gcs-server
// takes that question for the end of the upload.
type session struct {
	mutex sync.Mutex
	last  string // byte that was taken; "" for none
	whole []byte // the answer to the last part
}

// question tells whether a request asks for the state of a resumable upload. The
// object of no bytes ends with one that looks alike.
func question(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has("upload_id") && strings.HasPrefix(r.Header.Get("Content-Range"), "bytes */")
}

// note takes note of what the store has answered.
func (s *session) note(r *http.Request, status int, body []byte) {
	if r.Method != http.MethodPut || !r.URL.Query().Has("upload_id") {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	span := strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes ")
	switch {
	case status == http.StatusPermanentRedirect:
		bytes, _, _ := strings.Cut(span, "/")
		_, s.last, _ = strings.Cut(bytes, "-")
	case status < http.StatusMultipleChoices:
		s.whole = body
	}
}

func (s *session) answer() (int, http.Header, []byte) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	header := http.Header{}
	switch {
	case s.whole != nil:
		return http.StatusOK, header, s.whole
	case s.last != "":
		header.Set("Range", fmt.Sprintf("bytes=0-%s", s.last))
	}
	return http.StatusPermanentRedirect, header, nil
}
