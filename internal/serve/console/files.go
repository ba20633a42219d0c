package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// The licence of htm is the program's own.
//
//go:embed page/*.html page/*.js page/*.css page/*.svg page/vendor/*.js page/vendor/LICENSE.preact
var embedded embed.FS

// files are the page, which is one answer with its script and its style in it,
// and the few that stand beside it.
type files struct {
	folder fs.FS
	page   []byte
	policy string
}

// What the page has in place of its style and its script.
const (
	styleMark  = "/* style */"
	scriptMark = "/* script */"
)

func readFiles() (*files, error) {
	folder, err := fs.Sub(embedded, "page")
	if err != nil {
		return nil, err
	}
	page, err := fs.ReadFile(folder, "index.html")
	if err != nil {
		return nil, err
	}
	style, err := fs.ReadFile(folder, "style.css")
	if err != nil {
		return nil, err
	}
	code, err := script(folder, "app.js", map[string]string{
		"preact": "vendor/preact.js", "preact/hooks": "vendor/hooks.js", "htm": "vendor/htm.js",
	})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	page = bytes.Replace(page, []byte(styleMark), style, 1)
	page = bytes.Replace(page, []byte(scriptMark), []byte(code), 1)
	return &files{folder: folder, page: page, policy: policy(code, string(style))}, nil
}

// policy lets the page run its script, have its style and talk to its own server.
func policy(script, style string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + hash(script), "style-src " + hash(style),
		"img-src 'self'", "connect-src 'self'", "frame-src 'self'", "media-src 'self'",
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}

// index answers with the page as it is: on the way from this machine to itself,
// compressing takes longer than sending, and so does asking a browser's cache.
func (f *files) index(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	f.secure(header)
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.page))
}

// icon is what the browser shows beside the page's title.
func (f *files) icon(w http.ResponseWriter, r *http.Request) {
	f.secure(w.Header())
	w.Header().Set("Cache-Control", "max-age=86400")
	w.Header().Set("Content-Type", "image/svg+xml")
	http.ServeFileFS(w, r, f.folder, "icon.svg")
}

func (f *files) secure(header http.Header) {
	header.Set("Content-Security-Policy", f.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
}
