package requests

import (
	"encoding/json"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// pending is a request without the traces of having been handled.
func pending(raw json.RawMessage, keepErrors bool) (json.RawMessage, error) {
	return rawjson.Edit(raw, func(m rawjson.Member) ([]byte, error) {
		switch m.Name() {
		case "handledAt", "lockExpiresAt", "lockByClient":
			return nil, nil
		case "retryCount":
			if !keepErrors {
				return []byte("0"), nil
			}
		case "errorMessages":
			if !keepErrors {
				return []byte("[]"), nil
			}
		case "userData":
			return withoutCrawleeState(m.Value)
		}
		return m.Value, nil
	})
}

// withoutCrawleeState takes out of userData what Crawlee notes there about how
// far a request came.
func withoutCrawleeState(userData []byte) ([]byte, error) {
	return editObject(userData, func(m rawjson.Member) ([]byte, error) {
		if m.Name() != "__crawlee" {
			return m.Value, nil
		}
		return editObject(m.Value, func(note rawjson.Member) ([]byte, error) {
			if name := note.Name(); name == "state" || name == "sessionRotationCount" {
				return nil, nil
			}
			return note.Value, nil
		})
	})
}

// editObject is rawjson.Edit that leaves alone what is no object.
func editObject(value []byte, edit func(rawjson.Member) ([]byte, error)) ([]byte, error) {
	if value[0] != '{' {
		return value, nil
	}
	return rawjson.Edit(value, edit)
}
