// Package serve is what stands before a storage directory when it is on a port:
// accounts and what each may read, limits, faults on request, compression and
// what browsers need. The API itself is internal/local.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local"
	"github.com/apifyctl/apifyctl/internal/serve/console"
)

// Options are what a Server can be told.
type Options struct {
	Accounts  []Account // none: the default user, with a token that the directory keeps
	Anyone    bool      // whatever the token, and without one, the default user asks; goes with no Accounts
	Hosts     []string  // names that the server has besides those of the loopback interface
	Chaos     Chaos
	RateLimit bool         // answer 429 to whoever exceeds the platform's limits
	ReadOnly  bool         // refuse whatever changes something
	Page      bool         // answer / with the console
	Version   string       // of the program, as the console shows it
	Logger    *slog.Logger // nil: silent. Info: one line a request

	Warn func(message string) // hears what an operator should know; nil: nobody does
}

// Server serves a storage directory to its accounts. The storages of the
// default account are the directory's own; each other account has a directory
// of the same layout, .apifyctl/users/<name>.
type Server struct {
	http.Handler
	door    *door
	private *private
	console *console.Console // nil: none
	token   string
}

// Token is the one that the directory keeps; "" where Options had accounts, or
// let anyone in.
func (s *Server) Token() string { return s.token }

// PageKey makes a key that lets a browser in as the default user, once.
func (s *Server) PageKey() string { return s.console.Key(local.DefaultUser().Name) }

// Open makes a server for a storage directory, which is created where it is
// missing. *InUseError while another server has it.
func Open(ctx context.Context, dir string, o Options) (server *Server, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	private, err := openPrivate(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{private: private, door: &door{anyone: o.Anyone}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if len(o.Accounts) == 0 && !o.Anyone {
		if s.token, err = private.token(o.Warn); err != nil {
			return nil, err
		}
		o.Accounts = []Account{{local.DefaultUser(), s.token}}
	}
	if err = s.admit(ctx, dir, o); err != nil {
		return nil, err
	}
	if s.Handler, err = s.layers(dir, o); err != nil {
		return nil, err
	}
	return s, nil
}

// admit opens the directories of all accounts.
func (s *Server) admit(ctx context.Context, dir string, o Options) error {
	signingKey, err := s.private.signingKey(o.Warn)
	if err != nil {
		return err
	}
	open := func(user local.User, folder string) (*tenant, error) {
		writable := !s.private.readOnly() && !o.ReadOnly
		handler, err := local.Open(folder, local.Options{User: user, SigningKey: signingKey, Logger: o.Logger, Served: true, Page: o.Page, ReadOnly: o.ReadOnly})
		if err != nil {
			return nil, err
		}
		t := &tenant{user, handler}
		s.door.tenants = append(s.door.tenants, t)
		if !writable {
			return t, nil
		}
		return t, handler.Recover(ctx)
	}
	if s.door.first, err = open(local.DefaultUser(), dir); err != nil {
		return err
	}
	for _, account := range o.Accounts {
		owner := s.door.tenant(account.User.Name)
		if owner == nil {
			folder, err := s.private.userFolder(account.User.Name)
			if err != nil {
				return err
			}
			if owner, err = open(account.User, folder); err != nil {
				return err
			}
		}
		s.door.keys = append(s.door.keys, newKey(account.Secret, owner))
	}
	return nil
}

// layers puts everything in its place, the outermost last.
func (s *Server) layers(dir string, o Options) (http.Handler, error) {
	handler, err := compressed(s.door)
	if err != nil {
		return nil, err
	}
	handler = impatient(handler, bodyPatience)
	handler = limited(handler, o.RateLimit)
	handler = o.Chaos.disturbed(handler)
	if o.ReadOnly {
		handler = unchanging(handler)
	}
	handler = s.door.guarded(handler)
	handler = s.door.shared(handler)
	handler = contained(handler)
	if o.Page {
		s.console, err = console.New(console.Options{
			About: console.About{Source: dir, Local: true, ReadOnly: o.ReadOnly, Version: o.Version},
			API:   s.door.lent(handler), Admit: s.door.admits,
		})
		if err != nil {
			return nil, err
		}
		handler = s.console.Before(handler)
	}
	handler = oneRequest(newHosts(o.Hosts).only(handler))
	return logged(handler, o.Logger), nil
}

// Close lets go of the directory. Requests must have ended.
func (s *Server) Close() error {
	var errs []error
	for _, t := range s.door.tenants {
		errs = append(errs, t.handler.Close())
	}
	return errors.Join(append(errs, s.private.close())...)
}
