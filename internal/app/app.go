// Package app holds what a command needs (streams, settings, the API client),
// each made when it is first asked for.
package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/inprocess"
	"github.com/apifyctl/apifyctl/internal/local"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/secret"
)

// App is handed to every command. The flags are filled in by the root command
// before a command runs; nothing may ask for the client earlier.
type App struct {
	Streams     *output.Streams
	Build       Build
	Flags       Flags
	Environment config.Environment

	once     sync.Once
	settings *config.Config
	err      error
	closers  []io.Closer
	progress atomic.Pointer[output.Progress]
	retries  retries
	hurry    bool // see Hurry
	warned   sync.Map
	stores   stores
	rows     map[*cobra.Command]any // see Prints
}

// Flags are the flags that every command has.
type Flags struct {
	Config     config.Flags
	Yes        bool
	Verbose    bool
	Debug      bool
	NoProgress bool
	Progress   bool

	Timeout      time.Duration // how long a server may be silent
	InsecureHTTP bool          // the token may go over plain http
	MaxRate      float64       // requests a second to the API; 0: what it allows
	EndpointURL  string        // address of the store of objects; "": the vendor's own
}

// Config is the settings that flags, environment and profile amount to.
func (a *App) Config() (*config.Config, error) {
	a.once.Do(func() {
		a.settings, a.err = config.Load(a.Flags.Config, a.Environment)
		if a.err == nil && a.settings.Warning != "" {
			a.Streams.Warnf("%s", a.settings.Warning)
		}
	})
	return a.settings, a.err
}

// WarnOnce says what is not as it should be in settings, which are read for each
// profile.
func (a *App) WarnOnce(text string) {
	if _, said := a.warned.LoadOrStore(text, true); !said {
		a.Streams.Warnf("%s", text)
	}
}

// Client talks to the cloud, or to a local storage directory, which must exist.
func (a *App) Client() (*api.Client, error) {
	settings, err := a.Config()
	if err != nil {
		return nil, err
	}
	if settings.Local != "" {
		if err := checkDir(settings.Local); err != nil {
			return nil, err
		}
	}
	return a.clientOf(settings)
}

// errInvalidName is ERROR_INVALID_NAME of Windows, where names such as addresses
// cannot be those of files.
const errInvalidName = syscall.Errno(123)

func checkDir(dir string) error {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist), runtime.GOOS == "windows" && errors.Is(err, errInvalidName):
		return failure.WithHint(failure.Usagef("there is no local storage directory %q", dir),
			"the folder that holds datasets, key_value_stores and request_queues is meant, usually ./storage")
	case err != nil:
		return fmt.Errorf("local storage directory: %w", err)
	case !info.IsDir():
		return failure.Usagef("%q is not a directory", dir)
	}
	return nil
}

// ClientForCreate is Client for a command that makes storages: a local
// directory that does not exist yet is made on the first write.
func (a *App) ClientForCreate() (*api.Client, error) {
	settings, err := a.Config()
	if err != nil {
		return nil, err
	}
	return a.clientOf(settings)
}

// CloudClient talks to an API with a token that is not the settings' own.
func (a *App) CloudClient(apiURL string, token secret.Text) (*api.Client, error) {
	return a.clientOf(&config.Config{APIURL: apiURL, Token: token})
}

func (a *App) clientOf(settings *config.Config) (*api.Client, error) {
	client, _, err := a.open(settings)
	return client, err
}

// open returns the directory's handler too; nil for an account.
func (a *App) open(settings *config.Config) (*api.Client, *local.Handler, error) {
	options := api.Options{
		UserAgent: "apifyctl/" + a.Build.Version,
		Logger:    a.Logger(),
		OnRetry:   a.retried,
		MaxRate:   a.Flags.MaxRate,
		Timeout:   a.Flags.Timeout, InsecureHTTP: a.Flags.InsecureHTTP,
	}
	if a.hurry {
		options.MaxTries = 1
	}
	if settings.Local == "" {
		options.BaseURL = settings.APIURL
		options.Token = settings.Token
		network := api.NetworkTransport()
		a.closers = append(a.closers, idle{network})
		options.Transport = network
		client, err := api.New(options)
		return client, nil, err
	}
	handler, err := local.Open(settings.Local, local.Options{Logger: slog.New(warningHandler{a.Streams})})
	if err != nil {
		return nil, nil, err
	}
	transport := inprocess.New(handler)
	a.closers = append(a.closers, transport, handler)
	options.BaseURL = LocalURL
	options.Transport = transport
	options.MaxTries = 1 // what fails in a directory fails again
	client, err := api.New(options)
	return client, handler, err
}

// idle closes the connections that no request uses.
type idle struct{ *http.Transport }

func (i idle) Close() error {
	i.CloseIdleConnections()
	return nil
}

// LocalURL stands for the API's address where a request never leaves the
// process. The host can never be reached (RFC 2606).
const LocalURL = "http://local.invalid"

// LocalDir is the directory that `serve` serves: the one of the flags or the
// environment, else ./storage as the SDKs have it. No token is needed.
func (a *App) LocalDir() (string, error) {
	settings, err := a.Config()
	switch {
	case errors.Is(err, config.ErrNoAccount):
		return defaultLocalDir, nil
	case err != nil:
		return "", err
	case settings.Local == "":
		return defaultLocalDir, nil
	}
	return settings.Local, nil
}

const defaultLocalDir = "storage"

// IsLocal tells whether commands work on a local storage directory.
func (a *App) IsLocal() bool {
	settings, err := a.Config()
	return err == nil && settings.Local != ""
}

// Logger writes a line a request with --verbose, headers too with --debug, and
// nothing otherwise.
func (a *App) Logger() *slog.Logger {
	level := slog.LevelInfo
	switch {
	case a.Flags.Debug:
		level = slog.LevelDebug
	case !a.Flags.Verbose:
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(output.SafeWriter(a.Streams.Err), &slog.HandlerOptions{Level: level}))
}

// StartProgress shows how far the command is, where the flags and the terminal
// allow it. Retries of requests are counted on the display started last.
func (a *App) StartProgress(label, unit string, total int64) *output.Progress {
	mode := output.ProgressAuto
	switch {
	case a.Flags.NoProgress:
		mode = output.ProgressOff
	case a.Flags.Progress:
		mode = output.ProgressPlain
	}
	progress := a.Streams.Progress(output.ProgressOptions{Label: label, Unit: unit, Total: total, Mode: mode})
	a.progress.Store(progress)
	return progress
}

// Close releases what was opened for the command.
func (a *App) Close() error {
	var errs []error
	for _, closer := range a.closers {
		errs = append(errs, closer.Close())
	}
	a.closers = nil
	return errors.Join(errs...)
}
