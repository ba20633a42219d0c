package object

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// Kind is what sort of error a store has answered with.
type Kind int

// The kinds of errors.
const (
	Failed   Kind = iota // for reasons of the store
	Missing              // there is no such bucket or object
	Denied               // no credentials, or they do not allow it
	Exists               // an object is there, and was to stay
	Unknown              // the answer to Commit is lost, and what came of it cannot be found out
	Mistaken             // the request makes no sense to the store
	Silent               // there was no answer
	Busy                 // another try may help
)

// Error is an error of a store, in our words.
type Error struct {
	Kind    Kind
	Where   string // the address
	Problem string
	Code    string // the store's own word; may be empty
	Status  int    // of HTTP; 0 for none
	Wait    string // Retry-After
	Hint    string
	Err     error // not shown: it may hold secrets
}

func (e *Error) Error() string {
	text := e.Problem
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	return text
}

func (e *Error) Unwrap() error {
	if e.Kind == Missing {
		return ErrNotExist
	}
	if errors.Is(e.Err, context.Canceled) {
		return context.Canceled
	}
	return nil
}

// Is reports the kind of an error.
func (k Kind) Is(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == k
}

// At says which object an error is about.
func At(where string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Where == "" {
		located := *e
		located.Where = where
		return &located
	}
	return err
}

// FromStatus is the error that a status of HTTP stands for; code and message are
// the store's own, and may be empty.
func FromStatus(status int, code, message string, err error) *Error {
	e := &Error{Status: status, Code: code, Err: err, Problem: message}
	switch {
	case status == 401, status == 403:
		e.Kind = Denied
		e.Problem = "access denied"
		e.Hint = "check the credentials, and what they may do in this bucket"
	case status == 404:
		e.Kind = Missing
		e.Problem = "there is no such object"
	case status == 409:
		e.Kind = Busy
		e.Problem = "something else writes there"
	case status == 412:
		e.Kind = Exists
		e.Problem = "it was written meanwhile, and stays"
	case status == 408, status == 429, status >= 500:
		e.Kind = Busy
		e.Problem = "the store cannot do it now"
	default:
		e.Kind = Mistaken
		if e.Problem == "" {
			e.Problem = fmt.Sprintf("the store refuses it with status %d", status)
		}
	}
	return e
}

// BadAddress is the error of an address that is none.
func BadAddress(err error) *Error {
	return &Error{Kind: Mistaken, Problem: "the store's address makes no sense", Err: err}
}

// Senseless is the error of an answer that is not what was asked for. Another try may
// bring a better one.
func Senseless(status int, err error) *Error {
	return &Error{Kind: Silent, Problem: "the store's answer makes no sense", Status: status, Err: err}
}

// FromNetwork is the error of a request that got no answer.
func FromNetwork(err error) *Error {
	e := &Error{Kind: Silent, Err: err}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the URL may hold a signature
	}
	name, noHost := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	_, badName := errors.AsType[x509.HostnameError](err)
	_, badAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	dial, notThere := errors.AsType[*net.OpError](err)
	timeout, isTimeout := errors.AsType[net.Error](err)
	switch {
	case noHost && !name.IsTimeout && !name.IsTemporary:
		e.Kind, e.Problem = Failed, fmt.Sprintf("no connection to the store: there is no host %q", name.Name)
	case noTLS:
		e.Kind, e.Problem = Failed, "no connection to the store: it does not speak TLS"
	case untrusted || badName || badAuthority:
		e.Kind, e.Problem = Failed, "no connection to the store: its certificate cannot be trusted"
	case notThere && dial.Op == "dial" && !dial.Timeout():
		e.Problem = "no connection to the store: nothing answers at its address"
	case isTimeout && timeout.Timeout():
		e.Problem = "the store does not answer"
	default:
		e.Problem = "the connection to the store broke off"
	}
	return e
}
