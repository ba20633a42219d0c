package mockapi

import (
	"net/http"
	"strings"
)

// caller is who sent a request; nil is nobody.
type caller struct {
	userID, username string
	readOnly         bool
}

// caller checks the bearer token, or the token parameter that the API takes too.
func (s *Server) caller(r *http.Request) (*caller, error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		token = r.URL.Query().Get("token")
	}
	switch token {
	case Token:
		return &caller{userID: UserID, username: Username}, nil
	case ReadOnlyToken:
		return &caller{userID: UserID, username: Username, readOnly: true}, nil
	case "":
		return nil, nil //nolint:nilnil // nobody is a legitimate caller of a public storage
	}
	return nil, errorf(http.StatusUnauthorized, "user-or-token-not-found", "User was not found or authentication token is not valid")
}

func needToken(who *caller) error {
	if who == nil {
		return errorf(http.StatusUnauthorized, "token-not-provided", "Authentication token was not provided")
	}
	return nil
}

// mayWrite: only the owner, and not with a token that is for reading.
func mayWrite(who *caller, target *storage) error {
	if err := needToken(who); err != nil {
		return err
	}
	if who.readOnly || target != nil && target.ownerID != who.userID {
		return errorf(http.StatusForbidden, "insufficient-permissions", "Insufficient permissions for the storage. Make sure you're passing a correct API token and that it has the required permissions.")
	}
	return nil
}

// mayRead: the owner, and everybody where the storage is open.
func mayRead(who *caller, target *storage) error {
	switch {
	case who != nil && who.userID == target.ownerID:
		return nil
	case target.access == "ANYONE_WITH_ID_CAN_READ" || target.access == "ANYONE_WITH_NAME_CAN_READ":
		return nil
	case who == nil:
		return needToken(who)
	}
	return errorf(http.StatusForbidden, "insufficient-permissions", "Insufficient permissions for the storage.")
}

func (s *Server) me(who *caller) (answer, error) {
	if err := needToken(who); err != nil {
		return answer{}, err
	}
	return dataAnswer(http.StatusOK, map[string]any{
		"id": who.userID, "username": who.username, "email": who.username + "@example.com",
		"plan":  map[string]any{"id": "SCALE", "description": "Scale"},
		"proxy": map[string]any{"password": SecretMarker + "proxyPassword"},
	}), nil
}

func (s *Server) limits(who *caller) (answer, error) {
	if err := needToken(who); err != nil {
		return answer{}, err
	}
	if s.behave.RetentionDays == 0 {
		return answer{}, errorf(http.StatusForbidden, "insufficient-permissions", "Insufficient permissions for the user's limits.")
	}
	return dataAnswer(http.StatusOK, map[string]any{
		"limits":  map[string]any{"dataRetentionDays": s.behave.RetentionDays, "maxMonthlyUsageUsd": 49},
		"current": map[string]any{"monthlyUsageUsd": 12.3},
	}), nil
}
