// Package serve is what stands before a storage directory when it is on a port:
// accounts and what each may read, limits, faults on request, compression and
// what browsers need. The API itself is internal/local.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/apifyctl/apifyctl/internal/local"
)

// privateFolder is where internal/local keeps its own files, and we ours.
const privateFolder = ".apifyctl"

// Options are what a Server can be told.
type Options struct {
	Accounts  []Account // none: whatever the token, and without one, the default user asks
	Chaos     Chaos
	RateLimit bool         // answer 429 to whoever exceeds the platform's limits
	Logger    *slog.Logger // nil: silent. Info: one line a request
}

// Server serves a storage directory to its accounts. The storages of the
// default account are the directory's own; each other account has a directory
// of the same layout, .apifyctl/users/<name>.
type Server struct {
	http.Handler
	door *door
	lock *directoryLock
}

// Open makes a server for a storage directory, which is created where it is
// missing. *InUseError while another server has it.
func Open(ctx context.Context, dir string, o Options) (server *Server, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{lock: lock}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	key, err := signingKey(dir)
	if err != nil {
		return nil, err
	}
	s.door = &door{}
	open := func(user local.User, folder string) (*tenant, error) {
		handler, err := local.Open(folder, local.Options{User: user, SigningKey: key, Logger: o.Logger, Pack: !lock.readOnly})
		if err != nil {
			return nil, err
		}
		t := &tenant{user, handler}
		s.door.tenants = append(s.door.tenants, t)
		if lock.readOnly {
			return t, nil
		}
		return t, handler.Recover(ctx)
	}
	if s.door.first, err = open(local.DefaultUser(), dir); err != nil {
		return nil, err
	}
	for _, account := range o.Accounts {
		owner := s.door.tenant(account.User.Name)
		if owner == nil {
			if owner, err = open(account.User, filepath.Join(dir, privateFolder, "users", account.User.Name)); err != nil {
				return nil, err
			}
		}
		s.door.keys = append(s.door.keys, newKey(account.Secret, owner))
	}
	if s.Handler, err = s.layers(o); err != nil {
		return nil, err
	}
	return s, nil
}

// layers puts everything in its place, the outermost last.
func (s *Server) layers(o Options) (http.Handler, error) {
	handler, err := compressed(s.door)
	if err != nil {
		return nil, err
	}
	handler = limited(handler, o.RateLimit)
	handler = overridden(handler)
	handler = o.Chaos.disturbed(handler)
	handler = forBrowsers(handler)
	return logged(handler, o.Logger), nil
}

// Close lets go of the directory. Requests must have ended.
func (s *Server) Close() error {
	var errs []error
	if s.door != nil {
		for _, t := range s.door.tenants {
			errs = append(errs, t.handler.Close())
		}
	}
	return errors.Join(append(errs, s.lock.release())...)
}
