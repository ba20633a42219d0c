// Package serve puts a local storage directory on a port.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/local"
)

type options struct {
	listen string
	tokens []string
}

// Command is `apifyctl serve`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve a local storage directory as an Apify-compatible API",
		Long: `Serve a local storage directory (--local, else ./storage) as an API that Apify's
clients understand. It listens on this machine only, unless --listen says
otherwise. With --token a request needs one of the tokens; without, none.`,
		Example: `  apifyctl serve --local storage --token secret
  APIFY_TOKEN=secret apifyctl datasets list --api-url http://127.0.0.1:3333`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return run(command.Context(), a, o) },
	}
	command.Flags().StringVar(&o.listen, "listen", "127.0.0.1:3333", "address and port to listen on; port 0 takes a free one")
	command.Flags().StringArrayVar(&o.tokens, "token", nil, "let requests in that carry this token (repeatable)")
	return command
}

const (
	headerTimeout = 30 * time.Second // for a client to send the head of a request
	stopTimeout   = 10 * time.Second // for requests to end after an interrupt
)

func run(ctx context.Context, a *app.App, o options) (err error) {
	dir, err := a.LocalDir()
	if err != nil {
		return err
	}
	handler, err := local.Open(dir, local.Options{Tokens: o.tokens, Logger: a.Logger()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handler.Close()) }()
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return app.WithHint(fmt.Errorf("listen on %s: %w", o.listen, errors.Unwrap(err)), "choose another address with --listen")
	}
	url := "http://" + listener.Addr().String()
	a.Streams.Notef("serving %s on %s (stop with Ctrl-C)", dir, url)
	a.Streams.Notef("export APIFY_API_BASE_URL=%s APIFY_CLIENT_BASE_URL=%s", url, url)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	return serve(ctx, server, listener)
}

// serve runs until ctx ends and then lets requests under way finish. Being
// interrupted is how a server ends: that is success.
func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
	}
	return nil
}
