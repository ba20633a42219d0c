package storage

import (
	"context"
	"fmt"
	"net/url"

	"github.com/cli/browser"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Web opens a storage's page in the user's browser.
func (r Resource[T]) Web(ctx context.Context, s *verb.Scope) error {
	if s.App.IsLocal() {
		return failure.WithHint(failure.Usagef("a local storage has no page in Apify Console"), "apifyctl open shows it in the browser")
	}
	object, err := r.Collection(s.Client).Get(ctx, s.Ref)
	if err != nil {
		return s.Failed(err)
	}
	address := r.Facts(object).ConsoleURL
	if address == "" {
		address = "https://console.apify.com/storage/" + r.Kind.Path() + "/" + url.PathEscape(r.Facts(object).ID)
	}
	// Whatever the API says is handed to other programs only if it is a web address.
	if parsed, err := url.Parse(address); err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return fmt.Errorf("%s has no web address", r.Label(object))
	}
	// The browser outlives the command, and hands on what it was started with.
	if err := config.HideTokens(); err != nil {
		return err
	}
	s.App.Streams.Notef("opening %s", address)
	if err := browser.OpenURL(address); err != nil {
		return failure.WithHint(fmt.Errorf("open a browser: %w", err), "the address is "+address)
	}
	return nil
}
