package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	headerTimeout = 30 * time.Second // for a client to send the head of a request
	idleTimeout   = 25 * time.Second // for a connection on which nothing is asked; a client that leaves one open waits for it
	stopTimeout   = 10 * time.Second // for requests to end after an interrupt
)

// Listen opens a port; port 0 is a free one. Its error says where it tried.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, errors.Unwrap(err))
	}
	return listener, nil
}

// newServer has limits for what a client sends and for how long it may be silent
// between requests; patience.go has those for bodies.
func newServer(handler http.Handler, idle time.Duration) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idle}
}

// Run serves until ctx ends and then lets requests under way finish. Being
// interrupted is how a server ends: that is success.
func Run(ctx context.Context, handler http.Handler, listener net.Listener) error {
	return run(ctx, newServer(handler, idleTimeout), listener)
}

func run(ctx context.Context, server *http.Server, listener net.Listener) error {
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

// URL is an address that clients on this machine can use: a server that listens
// on all of them is on the loopback one, too.
func URL(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return "http://" + address.String()
}
