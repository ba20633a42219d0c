package console

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// linkLife is how long a link to one answer works. A download may take longer
// than that, if it has begun.
const linkLife = 10 * time.Minute

// link makes an address at which a browser gets one answer of /v2 without any
// header of the page's: to show it in a frame or as an image, or to save it.
func (c *Console) link(w http.ResponseWriter, r *http.Request) {
	user, ok := c.sessions.user(r)
	if !ok {
		noSession(w)
		return
	}
	var wanted struct {
		Path string `json:"path"`
	}
	if err := wire.ReadObject(w, r, &wanted); err != nil {
		wire.WriteError(w, err)
		return
	}
	target, err := url.Parse(wanted.Path)
	if err != nil || target.Host != "" || target.Scheme != "" || !strings.HasPrefix(target.Path, "/v2/") {
		wire.WriteError(w, wire.InvalidValue("The path of a link begins with /v2/"))
		return
	}
	name := base64.RawURLEncoding.EncodeToString([]byte(user))
	expiry := strconv.FormatInt(time.Now().Add(linkLife).Unix(), 10)
	path := strings.TrimPrefix(target.EscapedPath(), "/")
	if target.RawQuery != "" {
		path += "?" + target.RawQuery
	}
	mac := c.sessions.text("link", expiry, name, path)
	w.Header().Set("Cache-Control", "no-store")
	wire.WriteData(w, http.StatusCreated, map[string]string{"url": root + "view/" + expiry + "/" + mac + "/" + name + "/" + path})
}

// view answers what a link is for. It heeds no cookie, and what it answers may
// come from strangers: a browser runs nothing of it, loads nothing for it, and
// takes it for a page of no origin.
func (c *Console) view(w http.ResponseWriter, r *http.Request) {
	expiry, name := r.PathValue("expiry"), r.PathValue("user")
	_, path, _ := strings.Cut(r.URL.EscapedPath(), "/"+name+"/v2/")
	path = "v2/" + path
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	until, err := strconv.ParseInt(expiry, 10, 64)
	expired := err != nil || time.Now().Unix() > until
	if !fromPage(r) || expired || !c.sessions.is(r.PathValue("mac"), "link", expiry, name, path) {
		wire.WriteError(w, wire.NewError(http.StatusForbidden, "console-link", "This link is good for a few minutes, on the page that made it"))
		return
	}
	user, err := base64.RawURLEncoding.DecodeString(name)
	target, parseErr := url.Parse("/" + path)
	if err != nil || parseErr != nil {
		wire.WriteError(w, wire.InvalidValue("The link cannot be read"))
		return
	}
	r = r.Clone(r.Context())
	r.URL = target
	answer := &contained{ResponseWriter: w}
	if encodedHere(r) {
		c.file(string(user), answer, r)
		return
	}
	c.as(string(user), answer, r)
}

// contained has an answer run nothing and load nothing.
type contained struct {
	http.ResponseWriter
	begun bool
}

// viewPolicy lets a page of strangers have the looks that it brings along.
const viewPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"

func (c *contained) WriteHeader(status int) {
	if !c.begun && status >= http.StatusOK {
		c.begun = true
		header := c.Header()
		header.Set("Content-Security-Policy", viewPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "private, no-store")
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *contained) Write(p []byte) (int, error) {
	if !c.begun {
		c.WriteHeader(http.StatusOK)
	}
	return c.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (c *contained) Unwrap() http.ResponseWriter { return c.ResponseWriter }
