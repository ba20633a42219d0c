package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
)

// UnreachableError means that there was no connection to the server: its name is
// not known, nothing answers at its address, or it cannot be trusted.
type UnreachableError struct {
	Server string // a host, or an address
	reason string
	err    error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no connection to %s: %s", e.Server, e.reason)
}
func (e *UnreachableError) Unwrap() error { return e.err }

// unreachable describes a connection that could not be made; nil for other errors.
// One that was given up after a time is another matter: it is worth more tries.
func unreachable(err error, host string) *UnreachableError {
	if name, ok := errors.AsType[*net.DNSError](err); ok && !name.IsTimeout && !name.IsTemporary {
		return &UnreachableError{Server: name.Name, reason: "there is no host of that name", err: err}
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	_, badName := errors.AsType[x509.HostnameError](err)
	_, badAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case noTLS || errors.Is(err, http.ErrSchemeMismatch):
		return &UnreachableError{Server: host, reason: "it does not speak TLS", err: err}
	case untrusted || badName || badAuthority:
		return &UnreachableError{Server: host, reason: "its certificate cannot be trusted", err: err}
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" && !dial.Timeout() {
		return &UnreachableError{Server: host, reason: "nothing answers there", err: err}
	}
	return nil
}

// unreachableTries is how often a server is tried that has never answered. One
// that has may be starting again.
const unreachableTries = 2

// reachable remembers whether the server has ever answered.
type reachable struct{ atomic.Bool }

// note takes note of what came of a try.
func (r *reachable) note(err error) {
	_, answered := errors.AsType[*Error](err)
	if (err == nil || answered) && !r.Load() {
		r.Store(true)
	}
}

// givesUp tells that another try will hardly reach it.
func (r *reachable) givesUp(err error, try int) bool {
	_, missing := errors.AsType[*UnreachableError](err)
	return missing && try >= unreachableTries && !r.Load()
}
