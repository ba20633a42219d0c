package serve

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// opened is a server that is closed again, and what it had to say.
func opened(t *testing.T, dir string, o Options) (token, warned string, err error) {
	t.Helper()
	o.Warn = func(message string) { warned += message + "\n" }
	server, err := Open(t.Context(), dir, o)
	if err != nil {
		return "", warned, err
	}
	return server.Token(), warned, server.Close()
}

func privatePath(dir, name string) string { return filepath.Join(dir, privateFolder, name) }

func TestTokenIsKept(t *testing.T) {
	dir := t.TempDir()
	first, warned, err := opened(t, dir, Options{})
	if err != nil || len(first) < 30 || warned != "" {
		t.Fatalf("%q %s %v", first, warned, err)
	}
	if again, _, err := opened(t, dir, Options{}); err != nil || again != first {
		t.Errorf("%q, then %q (%v)", first, again, err)
	}
	if other, _, err := opened(t, t.TempDir(), Options{}); err != nil || other == first {
		t.Errorf("%q in another directory (%v)", other, err)
	}
	for name, o := range map[string]Options{"any": {Anyone: true}, "chosen": {Accounts: []Account{{Secret: "x"}}}} {
		if token, _, err := opened(t, dir, o); err != nil || token != "" {
			t.Errorf("%s: %q (%v)", name, token, err)
		}
	}
	if runtime.GOOS != "windows" {
		for _, name := range []string{tokenFile, signingKeyFile} {
			if info, err := os.Stat(privatePath(dir, name)); err != nil || info.Mode() != 0o600 {
				t.Errorf("%s: %v %v", name, info.Mode(), err)
			}
		}
	}
}

// A file that cannot be used is set aside and said; a new one takes its place.
func TestBrokenSecrets(t *testing.T) {
	for name, change := range map[string]func(path string, text []byte) error{
		"cut":           func(path string, text []byte) error { return os.WriteFile(path, text[:len(text)/2], 0o600) },
		"empty":         func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"another value": func(path string, text []byte) error { return os.WriteFile(path, swapped(text), 0o600) },
		"another version": func(path string, text []byte) error {
			return os.WriteFile(path, bytes.Replace(text, []byte("/1 "), []byte("/2 "), 1), 0o600)
		},
		"open to others": func(path string, _ []byte) error { return os.Chmod(path, 0o644) },
		"huge":           func(path string, text []byte) error { return os.WriteFile(path, bytes.Repeat(text, 10_000), 0o600) },
		"a folder":       func(path string, _ []byte) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
	} {
		for _, file := range []string{tokenFile, signingKeyFile} {
			t.Run(name+" "+file, func(t *testing.T) {
				if runtime.GOOS == "windows" && name == "open to others" {
					t.Skip("files have no modes here")
				}
				dir := t.TempDir()
				first, _, err := opened(t, dir, Options{})
				if err != nil {
					t.Fatal(err)
				}
				path := privatePath(dir, file)
				before, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := change(path, before); err != nil {
					t.Fatal(err)
				}
				second, warned, err := opened(t, dir, Options{})
				if err != nil || !strings.Contains(warned, file) || !strings.Contains(warned, "set aside") || strings.Contains(warned, first) {
					t.Fatalf("warned %q, %v", warned, err)
				}
				after, err := os.ReadFile(path)
				if err != nil || bytes.Equal(before, after) || file == tokenFile && second == first {
					t.Errorf("%q, %v", after, err)
				}
				if aside, err := filepath.Glob(path + ".broken*"); err != nil || len(aside) != 1 {
					t.Errorf("set aside %v, %v", aside, err)
				}
				if third, warned, err := opened(t, dir, Options{}); err != nil || warned != "" || third != second {
					t.Errorf("then %q %q, %v", third, warned, err)
				}
			})
		}
	}
}

// swapped changes one character of the value.
func swapped(text []byte) []byte {
	changed := bytes.Clone(text)
	at := bytes.LastIndexByte(changed, '"') - 1
	changed[at] ^= 1
	return changed
}

// The first versions kept 32 bytes and nothing else. Links stay valid.
func TestOldSigningKey(t *testing.T) {
	dir := t.TempDir()
	old := bytes.Repeat([]byte{7}, keyLength)
	if err := os.Mkdir(filepath.Join(dir, privateFolder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(privatePath(dir, signingKeyFile), old, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p, err := openPrivate(dir)
		if err != nil {
			t.Fatal(err)
		}
		key, err := p.signingKey(func(message string) { t.Error(message) })
		if err := errors.Join(err, p.close()); err != nil || !bytes.Equal(key, old) {
			t.Errorf("%x, %v", key, err)
		}
	}
}

// Nothing outside of the directory is written to or read through a link that
// came with it.
func TestLinksInThePrivateFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege here")
	}
	for name, c := range map[string]struct {
		link   string // from the storage directory
		folder bool   // what it leads to
		fails  bool
	}{
		"token":       {".apifyctl/token", false, false},
		"signing key": {".apifyctl/signing-key", false, false},
		"lock":        {".apifyctl/serve.lock", false, true},
		"all":         {".apifyctl", true, true},
		"users":       {".apifyctl/users", true, true},
		"a user":      {".apifyctl/users/ann", true, true},
	} {
		for _, exists := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				dir, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
				if c.folder && exists {
					if err := os.Mkdir(victim, 0o755); err != nil {
						t.Fatal(err)
					}
				} else if exists {
					if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				link := filepath.Join(dir, filepath.FromSlash(c.link))
				if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(victim, link); err != nil {
					t.Fatal(err)
				}
				o := Options{}
				if strings.Contains(c.link, "users") {
					account, err := ParseAccount("ann=x")
					if err != nil {
						t.Fatal(err)
					}
					o.Accounts = []Account{account}
				}
				_, warned, err := opened(t, dir, o)
				if c.fails == (err == nil) || !c.fails && !strings.Contains(warned, "link") {
					t.Errorf("%v, warned %q", err, warned)
				}
				if !exists {
					if _, err := os.Lstat(victim); err == nil {
						t.Error("the link's target was made")
					}
				} else if c.folder {
					if left, err := os.ReadDir(victim); err != nil || len(left) > 0 {
						t.Errorf("in the link's target: %v, %v", left, err)
					}
				} else if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
					t.Errorf("the link's target: %q, %v", text, err)
				}
			})
		}
	}
}
