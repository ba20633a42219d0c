package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/local"
)

// Place is an account or a directory that storages are in.
type Place struct {
	Client *api.Client
	Where  string // the API's address, or the directory: the same for the same place
	Local  bool

	handler *local.Handler
}

// Recover undoes what a killed process left half-done in a directory, so that
// what is read there is what will stay. An account needs none.
func (p Place) Recover(ctx context.Context) error {
	if p.handler == nil {
		return nil
	}
	if _, err := os.Stat(p.Where); errors.Is(err, fs.ErrNotExist) {
		return nil // it is made with the first storage
	}
	return p.handler.Recover(ctx)
}

func (a *App) place(settings *config.Config, write bool) (Place, error) {
	p := Place{Where: settings.APIURL}
	if settings.Local != "" {
		p.Local = true
		var err error
		if p.Where, err = filepath.Abs(settings.Local); err != nil {
			return p, err
		}
		if resolved, err := filepath.EvalSymlinks(p.Where); err == nil { // it need not exist yet
			p.Where = resolved
		}
		if !write {
			if err := checkDir(settings.Local); err != nil {
				return p, err
			}
		}
	}
	var err error
	p.Client, p.handler, err = a.open(settings)
	return p, err
}

// Default is the account or the directory that commands work on. A directory to
// write to need not exist.
func (a *App) Default(write bool) (Place, error) {
	settings, err := a.Config()
	if err != nil {
		return Place{}, err
	}
	return a.place(settings, write)
}

// Directory is a local storage directory, whatever the settings say.
func (a *App) Directory(dir string, write bool) (Place, error) {
	return a.place(&config.Config{Local: dir}, write)
}

// Account is a profile's account or directory; "" is the account in the cloud
// that the settings lead to, whatever directory they name.
func (a *App) Account(profile string, write bool) (Place, error) {
	flags := a.Flags.Config
	flags.LocalSet = false
	if profile != "" {
		flags = config.Flags{Profile: profile, ProfileSet: true}
	}
	settings, err := config.LoadAccount(flags, a.Environment)
	switch {
	case err != nil:
		return Place{}, err
	case settings.Local != "" && profile == "":
		return Place{}, failure.Usagef("profile %s is the directory %s, not an account in the cloud", settings.Profile, settings.Local)
	}
	return a.place(settings, write)
}
