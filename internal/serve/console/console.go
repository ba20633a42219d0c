// Package console is the page that shows storages in a browser: its files, who
// may use it, and the addresses at which what strangers stored can be looked at.
// The page is a client of /v2 and of nothing else; what answers that, a directory
// or the cloud, is handed in.
package console

import (
	"net/http"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// Options are what a Console can be told.
type Options struct {
	About About

	// API carries out requests for /v2 with the authority of a user.
	API func(user string) http.Handler
	// Admit says whom a token lets in; nil: nobody. An empty token is asked for,
	// too: there may be servers that let in everybody.
	Admit func(token string) (user string, ok bool)
}

// About is what the page says of where it is.
type About struct {
	Source   string `json:"source"`   // the directory, or the API's host
	Local    bool   `json:"local"`    // it is a directory: nothing expires
	ReadOnly bool   `json:"readOnly"` // changes are refused
	Version  string `json:"version"`
}

// Console answers for the page. Everything else is handed on.
type Console struct {
	options  Options
	sessions *sessions
	files    *files
}

// New makes a console whose keys and cookies are good for it alone.
func New(o Options) (*Console, error) {
	files, err := readFiles()
	if err != nil {
		return nil, err
	}
	return &Console{options: o, sessions: newSessions(), files: files}, nil
}

// Key makes a key that lets a browser in as a user, once.
func (c *Console) Key(user string) string { return c.sessions.newKey(user) }

// Fragment puts a key behind the page's address. Browsers send fragments to nobody.
func Fragment(key string) string { return "#key=" + key }

// root is below what the page needs besides /v2.
const root = "/_console/"

// Before answers what the page is and asks, and leaves the rest to next. Only
// requests for hosts that the server goes by may come here.
func (c *Console) Before(next http.Handler) http.Handler {
	own := http.NewServeMux()
	own.HandleFunc("POST "+root+"session", c.enter)
	own.HandleFunc("POST "+root+"links", c.link)
	own.HandleFunc("POST "+root+"filter", c.filter)
	own.HandleFunc("GET "+root+"view/{expiry}/{mac}/{user}/{path...}", c.view)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, reads := r.URL.Path, r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case strings.HasPrefix(path, root):
			own.ServeHTTP(w, r)
		case reads && (path == "/" || path == "/storage" || strings.HasPrefix(path, "/storage/")):
			c.files.index(w, r)
		case reads && path == "/favicon.ico": // which browsers ask for when all else is there
			c.files.icon(w, r)
		case r.Header.Get(headerPage) != "" && strings.HasPrefix(path, "/v2/"):
			c.api(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// api answers the page's requests for /v2. A cookie without the page's header
// says nothing, so such a request is like anybody's.
func (c *Console) api(w http.ResponseWriter, r *http.Request) {
	user, ok := c.sessions.user(r)
	if !ok {
		noSession(w)
		return
	}
	c.as(user, w, r)
}

// as carries out a request for /v2, without what tells who asked.
func (c *Console) as(user string, w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	for _, name := range []string{"Cookie", "Authorization", headerPage} {
		r.Header.Del(name)
	}
	if holdsSecret(r) {
		r.Header.Del("Accept-Encoding")
		answer := &withoutSecret{ResponseWriter: w}
		defer answer.flush()
		w = answer
	}
	c.options.API(user).ServeHTTP(w, r)
}

func noSession(w http.ResponseWriter) {
	wire.WriteError(w, wire.NewError(http.StatusUnauthorized, "console-session",
		"This page has no session with this server, or the server was started again since"))
}
