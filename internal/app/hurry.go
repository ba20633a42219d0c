package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/config"
)

// Patience is how long a completion waits for the API.
const Patience = time.Second

// fresh is how long a completion is good for.
const fresh = 10 * time.Second

// ReadFlags takes note of which flags were given, before anything else is asked
// of the App.
func (a *App) ReadFlags(flags *pflag.FlagSet) {
	a.Flags.Config.LocalSet = flags.Changed("local")
	a.Flags.Config.APIURLSet = flags.Changed("api-url")
	a.Flags.Config.ProfileSet = flags.Changed("profile")
}

// Hurry is ReadFlags for a completion: requests are tried once, and nothing is
// said.
func (a *App) Hurry(flags *pflag.FlagSet) {
	a.ReadFlags(flags)
	a.hurry, a.Streams.Quiet = true, true
}

// CompleteProfiles offers the profiles of the configuration file.
func (a *App) CompleteProfiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	profiles, err := config.Profiles(a.Flags.Config, a.Environment)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, profile := range profiles {
		names = append(names, profile.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// Remembered is what a completion asks for, kept for a few seconds: a shell asks
// with every key. An error is nothing to offer.
func (a *App) Remembered(ctx context.Context, what string, ask func() ([]string, error)) []string {
	path := a.memory(what)
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) < fresh {
		var offers []string
		if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &offers) == nil { //nolint:gosec // a file of ours in the cache
			return offers
		}
	}
	offers, err := ask()
	if err != nil || ctx.Err() != nil {
		return nil
	}
	// Where it cannot be kept, it is asked for again.
	if text, err := json.Marshal(offers); err == nil && path != "" && os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		_ = os.WriteFile(path, text, 0o600)
	}
	return offers
}

// memory is the file that keeps a completion of this account or directory.
func (a *App) memory(what string) string {
	settings, err := a.Config()
	if err != nil {
		return ""
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	local, _ := filepath.Abs(settings.Local) // of no directory it is not used
	sum := sha256.Sum256([]byte(settings.APIURL + "\n" + settings.Token.Reveal() + "\n" + local + "\n" + what))
	return filepath.Join(dir, "apifyctl", "complete", hex.EncodeToString(sum[:12])+".json")
}
