package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// keyringService is under what the system's keyring keeps our tokens; the user
// is the profile.
const keyringService = "apifyctl"

// keyringTimeout is how long a keyring may take: one that waits for a person
// who is not there must not stop a script for ever.
const keyringTimeout = 3 * time.Second

var errKeyringSilent = errors.New("it does not answer")

// inTime runs a call to the keyring, which cannot be interrupted.
func inTime[T any](call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := call()
		done <- result{value, err}
	}()
	timer := time.NewTimer(keyringTimeout)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		var none T
		return none, errKeyringSilent
	}
}

func tokenFromKeyring(profileName string) (string, error) {
	token, err := inTime(func() (string, error) { return keyring.Get(keyringService, profileName) })
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return "", nil
	case err != nil:
		return "", &hintedError{
			message: fmt.Sprintf("the token of profile %s is in the system's keyring: %v", profileName, err),
			hint:    "unlock the keyring, set APIFY_TOKEN, or keep the token in a file: apifyctl login --no-keyring",
		}
	}
	return token, nil
}

func tokenToKeyring(profileName string, token secret.Text) error {
	_, err := inTime(func() (struct{}, error) {
		return struct{}{}, keyring.Set(keyringService, profileName, token.Reveal())
	})
	return err
}

func removeFromKeyring(profileName string) error {
	_, err := inTime(func() (struct{}, error) { return struct{}{}, keyring.Delete(keyringService, profileName) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}
