package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// The licence of htm is the program's own.
//
//go:embed page/*.html page/*.js page/*.css page/*.svg page/vendor/*.js page/vendor/LICENSE.preact
var embedded embed.FS

// files are the page's. All have one version in their addresses, a hash of what
// is in them, so browsers keep them for good; only the index is asked for anew.
type files struct {
	folder  fs.FS
	version string
	page    []byte // the index
	policy  string
}

// What the index has in place of the version, and of the modules, which browsers
// then load all at once, not one behind the other.
const (
	versionMark = "VERSION"
	modulesMark = "<!-- modules -->\n"
)

func readFiles() (*files, error) {
	folder, err := fs.Sub(embedded, "page")
	if err != nil {
		return nil, err
	}
	f := &files{folder: folder}
	sum := sha256.New()
	var modules bytes.Buffer
	err = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".js" {
			fmt.Fprintf(&modules, "<link rel=\"modulepreload\" href=\"%sfiles/%s/%s\">\n", root, versionMark, name)
		}
		_, err = fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.version = hex.EncodeToString(sum.Sum(nil))[:16]
	index, err := fs.ReadFile(folder, "index.html")
	if err != nil {
		return nil, err
	}
	f.page = bytes.ReplaceAll(index, []byte(modulesMark), modules.Bytes())
	f.page = bytes.ReplaceAll(f.page, []byte(versionMark), []byte(f.version))
	f.policy, err = policy(f.page)
	return f, err
}

// policy lets the page load its own files and talk to its own server. The map of
// imports stands in the page, so its hash is in the policy.
func policy(page []byte) (string, error) {
	_, rest, ok := bytes.Cut(page, []byte(`<script type="importmap">`))
	imports, _, closed := bytes.Cut(rest, []byte(`</script>`))
	if !ok || !closed {
		return "", fmt.Errorf("the page has no map of imports")
	}
	hash := sha256.Sum256(imports)
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'",
		"style-src 'self'", "img-src 'self'", "connect-src 'self'", "frame-src 'self'", "media-src 'self'",
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; "), nil
}

func (f *files) index(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	f.secure(header)
	header.Set("Cache-Control", "no-cache")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("ETag", `"`+f.version+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.page))
}

func (f *files) file(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, err := fs.ReadFile(f.folder, name)
	if err != nil || r.PathValue("version") != f.version {
		f.secure(w.Header())
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	header := w.Header()
	f.secure(header)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Type", mediaType(name))
	header.Set("ETag", `"`+f.version+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

func (f *files) secure(header http.Header) {
	header.Set("Content-Security-Policy", f.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// mediaType is not left to the system, whose table may say anything.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.FormatMediaType("text/plain", map[string]string{"charset": "utf-8"})
}
