package local

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// authorize lets a request in when no tokens are configured or when it carries
// one of them, as a bearer token or in ?token=.
func (h *Handler) authorize(r *http.Request) error {
	if len(h.tokens) == 0 {
		return nil
	}
	token := bearerToken(r)
	if token == "" {
		token = r.URL.Query().Get("token")
	}
	if token == "" {
		return &apiError{http.StatusUnauthorized, "token-not-provided", "Authentication token was not provided"}
	}
	given := sha256.Sum256([]byte(token))
	matches := 0
	for _, known := range h.tokens {
		matches |= subtle.ConstantTimeCompare(given[:], known[:])
	}
	if matches == 0 {
		return &apiError{http.StatusUnauthorized, "invalid-token", "Authentication token is not valid"}
	}
	return nil
}

func bearerToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
