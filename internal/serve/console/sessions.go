package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// A session is two halves. Browsers send the cookie by themselves, also to other
// ports of the host, since cookies know no ports; so a server there may learn it.
// The other half is a header: the page keeps it in the storage of its origin, to
// which a port belongs. Neither opens anything without the other.

// headerPage holds the page's half. A page of another origin cannot know it.
const headerPage = "X-Apifyctl-Console"

// sessions are those of one server, until it ends.
type sessions struct {
	secret []byte
	cookie string // its name, which is the server's own

	mutex sync.Mutex
	keys  map[[sha256.Size]byte]string // hashes of keys that were not used yet, and whom they let in
}

func newSessions() *sessions {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails
	s := &sessions{secret: secret, keys: map[[sha256.Size]byte]string{}}
	s.cookie = "apifyctl-" + hex.EncodeToString(s.mac("name"))[:16]
	return s
}

// mac proves that it was this server that put the parts together.
func (s *sessions) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

func (s *sessions) text(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(s.mac(parts...))
}

// is compares in a time that tells nothing.
func (s *sessions) is(given string, parts ...string) bool {
	return hmac.Equal([]byte(given), []byte(s.text(parts...)))
}

func (s *sessions) newKey(user string) string {
	key := rand.Text()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.keys[sha256.Sum256([]byte(key))] = user
	return key
}

// take returns whom a key lets in, and voids it.
func (s *sessions) take(key string) (user string, ok bool) {
	hash := sha256.Sum256([]byte(key))
	s.mutex.Lock()
	defer s.mutex.Unlock()
	user, ok = s.keys[hash]
	delete(s.keys, hash)
	return user, ok
}

// begin makes the halves of a session.
func (s *sessions) begin(user string) (cookie *http.Cookie, proof string) {
	name := base64.RawURLEncoding.EncodeToString([]byte(user))
	nonce := rand.Text()
	value := name + "." + nonce + "." + s.text("cookie", name, nonce)
	return &http.Cookie{ //nolint:gosec // not Secure: the page comes over plain HTTP from this machine
		Name: s.cookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}, s.text("page", value)
}

// user is whose session a request belongs to.
func (s *sessions) user(r *http.Request) (user string, ok bool) {
	if !fromPage(r) {
		return "", false
	}
	cookie, err := r.Cookie(s.cookie)
	if err != nil || !s.is(r.Header.Get(headerPage), "page", cookie.Value) {
		return "", false
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 || !s.is(parts[2], "cookie", parts[0], parts[1]) {
		return "", false
	}
	name, err := base64.RawURLEncoding.DecodeString(parts[0])
	return string(name), err == nil
}

// fromPage tells whether a browser says that a page of this very origin asks.
// Browsers say nothing of the kind to addresses that are neither of their own
// machine nor behind https, where others could read along.
func fromPage(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") == "same-origin" }

// enter begins a session for a key, or for a token that lets somebody in. It also
// says where the page is, which stays as it is for as long as the session.
func (c *Console) enter(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Key   string `json:"key"`
		Token string `json:"token"`
	}
	if !fromPage(r) {
		noSession(w)
		return
	}
	if err := wire.ReadObject(w, r, &given); err != nil {
		wire.WriteError(w, err)
		return
	}
	user, ok := c.sessions.take(given.Key)
	if !ok && c.options.Admit != nil {
		user, ok = c.options.Admit(given.Token)
	}
	if !ok {
		wire.WriteError(w, wire.NewError(http.StatusForbidden, "console-key",
			"The key was used before, or is of another server"))
		return
	}
	cookie, proof := c.sessions.begin(user)
	http.SetCookie(w, cookie)
	w.Header().Set("Cache-Control", "no-store")
	wire.WriteData(w, http.StatusCreated, struct {
		Proof string `json:"proof"`
		Site  About  `json:"site"`
	}{proof, c.options.About})
}
