package serve

import (
	"mime"
	"net/http"
	"strings"
)

// headWriter calls before with the status of an answer, while its header can
// still be changed.
type headWriter struct {
	http.ResponseWriter
	before func(header http.Header, status int)
	begun  bool
}

func (w *headWriter) WriteHeader(status int) {
	if !w.begun && status >= http.StatusOK { // what comes before is no answer yet
		w.begun = true
		w.before(w.Header(), status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *headWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (w *headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// contained has browsers run nothing of what is answered: records come from the
// web, and a script in one would speak to the server as a page of its own. The
// platform says script-src 'none'; a sandbox is of another origin besides.
func contained(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&headWriter{ResponseWriter: w, before: contain}, r)
	})
}

func contain(header http.Header, status int) {
	if status == http.StatusNotFound {
		// Apify's client for JavaScript leaves the body of one unread, and a program
		// does not end while its connection is open.
		header.Set("Connection", "close")
	}
	header.Set("X-Content-Type-Options", "nosniff")
	policy := "script-src 'none'; object-src 'none'"
	// Browsers show no PDF in a sandbox, and their viewers run none of its scripts.
	if kind, _, err := mime.ParseMediaType(header.Get("Content-Type")); err != nil || !strings.EqualFold(kind, "application/pdf") {
		policy = "sandbox; " + policy
	}
	header.Set("Content-Security-Policy", policy)
}
