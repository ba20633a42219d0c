// Package open shows storages in a browser.
package open

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/cli/browser"
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
	serving "github.com/apifyctl/apifyctl/internal/serve"
	"github.com/apifyctl/apifyctl/internal/serve/console"
	"github.com/apifyctl/apifyctl/internal/storages"
)

type options struct {
	ref       string
	listen    string
	readOnly  bool
	noBrowser bool
}

// Command is `apifyctl open`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "open [REF]",
		Short: "Show storages in the browser",
		Long: `Open a page in the browser that shows the account's storages or, with --local,
those of a directory: datasets as tables, records, requests and their errors.
With REF it opens at that storage, of whatever kind.

The page is served on this machine, on a free port, until Ctrl-C. The link that is
printed lets one browser in, once. The account's token stays with this program.
With --read-only nothing can be changed.`,
		Example: `  apifyctl open
  apifyctl open --local storage
  apifyctl open products --local storage --read-only
  apifyctl open --no-browser --listen 127.0.0.1:8080`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.ref = args[0]
			}
			return run(command.Context(), a, o)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "address and port of the page; port 0 takes a free one")
	command.Flags().BoolVar(&o.readOnly, "read-only", false, "refuse what changes something")
	command.Flags().BoolVar(&o.noBrowser, "no-browser", false, "print the link without starting a browser")
	return command
}

// page is a server that lets a browser in with a key.
type page interface {
	http.Handler
	PageKey() string
}

func run(ctx context.Context, a *app.App, o options) (err error) {
	settings, err := a.Config()
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	path, err := pathOf(ctx, client, o.ref, settings.Local != "")
	if err != nil {
		return err
	}
	server, done, err := open(ctx, a, client, settings, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	listener, err := serving.Listen(ctx, o.listen)
	if err != nil {
		return failure.WithHint(err, "choose another address with --listen")
	}
	address := serving.URL(listener.Addr()) + path + console.Fragment(server.PageKey())
	a.Streams.Notef("open %s (stop with Ctrl-C)", address)
	if !o.noBrowser {
		// The browser outlives the command, and hands on what it was started with.
		if err := config.HideTokens(); err != nil {
			return errors.Join(err, listener.Close())
		}
		if err := browser.OpenURL(address); err != nil {
			a.Streams.Warnf("no browser could be started: open the link yourself")
		}
	}
	return serving.Run(ctx, server, listener)
}

// open makes the server, of a directory or for an account.
func open(ctx context.Context, a *app.App, client *api.Client, settings *config.Config, o options) (page, func() error, error) {
	if settings.Local == "" {
		server, err := serving.NewCloud(client.Forward, serving.CloudOptions{
			Source: source(settings.APIURL), ReadOnly: o.readOnly, Version: a.Build.Version, Logger: a.Logger(),
		})
		return server, func() error { return nil }, err
	}
	server, err := serving.Open(ctx, settings.Local, serving.Options{
		ReadOnly: o.readOnly, Page: true, Version: a.Build.Version, Logger: a.Logger(),
		Warn: func(message string) { a.Streams.Warnf("%s", message) },
	})
	if _, ok := errors.AsType[*serving.InUseError](err); ok {
		return nil, nil, failure.WithHint(err, "its page is at the address that this server has printed")
	}
	if err != nil {
		return nil, nil, err
	}
	return server, server.Close, nil
}

// source is what the page calls the API.
func source(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return "api.apify.com"
}

// pathOf is where the page shows a storage. Where several kinds have one that is
// called so, the page lists them.
func pathOf(ctx context.Context, client *api.Client, text string, local bool) (string, error) {
	if text == "" {
		return "/", nil
	}
	parse := api.ParseRef
	if local {
		parse = api.ParseLocalRef
	}
	found, err := storages.Called(ctx, client, text, parse)
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "/?search=" + url.QueryEscape(strings.TrimPrefix(text, "~")), nil
	}
	return "/storage/" + found[0].Kind.Path() + "/" + url.PathEscape(found[0].Facts.ID), nil
}
