package storage

import (
	"context"
	"fmt"
	"net/url"

	"github.com/cli/browser"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// openWeb opens a storage's page in the user's browser.
func (r Resource[T]) openWeb(ctx context.Context, a *app.App, ref api.Ref) error {
	client, err := a.Client()
	if err != nil {
		return err
	}
	if a.IsLocal() {
		return app.Usagef("a local storage has no page in Apify Console")
	}
	object, err := r.Collection(client).Get(ctx, ref)
	if err != nil {
		return r.failed(ref, err)
	}
	address := r.Facts(object).ConsoleURL
	if address == "" {
		address = "https://console.apify.com/storage/" + r.Kind.Path() + "/" + url.PathEscape(r.Facts(object).ID)
	}
	// Whatever the API says is handed to other programs only if it is a web address.
	if parsed, err := url.Parse(address); err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return fmt.Errorf("%s has no web address", r.label(object))
	}
	a.Streams.Notef("opening %s", address)
	if err := browser.OpenURL(address); err != nil {
		return app.WithHint(fmt.Errorf("open a browser: %w", err), "the address is "+address)
	}
	return nil
}
