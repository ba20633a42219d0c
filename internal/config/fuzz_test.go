package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzFiles: whatever is in the files, they are read or refused, and the secret
// of one is in no error.
func FuzzFiles(f *testing.F) {
	const secret = "SECRETtokenOfTheFuzzer"
	for _, seed := range []struct{ settings, credentials, official string }{
		{"profile: work\nprofiles:\n  work:\n    api-url: https://api.example.com\n    local: ~/storage\n", "profiles:\n  work:\n    token: " + secret + "\n    api-url: https://api.example.com\n", `{"token":"` + secret + `"}`},
		{"profiles: [", "profiles: {work: {token: [" + secret, `{"token":`},
		{"a.b: 1\nprofiles:\n  a.b: {}\n", "? " + secret + "\n: x\n", `{"token":["` + secret + `"]}`},
		{"&a [*a]", "profiles: &a {work: *a, token: " + secret + "}", `"` + secret},
		{"profile: \"\\u202e\"\n", "profiles:\n  \"\": {token: \"" + secret + "\\n\"}\n", `{"token":"` + secret + ` x"}`},
	} {
		f.Add(seed.settings, seed.credentials, seed.official)
	}
	f.Fuzz(func(t *testing.T, settings, credentials, official string) {
		home := t.TempDir()
		for name, text := range map[string]string{"config/apifyctl/config.yaml": settings, "config/apifyctl/credentials.yaml": credentials, ".apify/auth.json": official} {
			path := filepath.Join(home, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		environment := Environment{Getenv: func(string) string { return "" }, HomeDir: home, ConfigDir: filepath.Join(home, "config")}
		for _, flags := range []Flags{{}, {Profile: "work", ProfileSet: true}} {
			loaded, err := LoadAccount(flags, environment)
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("an error shows the token: %v", err)
			}
			if loaded != nil && strings.Contains(loaded.String(), secret) && !strings.Contains(settings, secret) {
				t.Errorf("the configuration shows the token: %v", loaded)
			}
			if _, err := Profiles(flags, environment); err != nil && strings.Contains(err.Error(), secret) && !strings.Contains(settings, secret) {
				t.Errorf("an error shows the token: %v", err)
			}
		}
	})
}
