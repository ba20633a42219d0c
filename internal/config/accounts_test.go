package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

// Not parallel: go-keyring's stand-in is for the whole process.
func TestLoginInKeyring(t *testing.T) {
	keyring.MockInit()
	environment := world{}.environment(t)
	place, keyringErr, err := SaveLogin(environment, "work", "https://work.example", "secretToken", true)
	if err != nil || keyringErr != nil || place != "the system's keyring" {
		t.Fatalf("%q, %v, %v", place, keyringErr, err)
	}
	if exists(environment.credentialsPath()) {
		t.Error("a file holds tokens although the keyring does")
	}
	c, err := Load(Flags{Profile: "Work", ProfileSet: true}, environment)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{APIURL: "https://work.example", Token: "secretToken", TokenSource: "profile work (keyring)", Profile: "work"}
	if *c != want {
		t.Errorf("got %+v, want %+v", *c, want)
	}
	profile, forgotten, err := Logout(Flags{Profile: "work", ProfileSet: true}, environment)
	if err != nil || !forgotten || profile != "work" {
		t.Errorf("logout: %q, %v, %v", profile, forgotten, err)
	}
	if _, err := keyring.Get(keyringService, "work"); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("after logout: %v", err)
	}
	if _, err := Load(Flags{Profile: "work", ProfileSet: true}, environment); !errors.Is(err, ErrNoAccount) {
		t.Errorf("after logout: %v", err)
	}
}

func TestLoginWithoutKeyring(t *testing.T) {
	keyring.MockInitWithError(errors.New("no keyring here"))
	environment := world{}.environment(t)
	place, keyringErr, err := SaveLogin(environment, "default", defaultAPIURL, "secretToken", true)
	if err != nil || keyringErr == nil || place != environment.credentialsPath() {
		t.Fatalf("%q, %v, %v", place, keyringErr, err)
	}
	info, err := os.Stat(place)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	c, err := Load(Flags{}, environment)
	if err != nil || c.Token != "secretToken" {
		t.Errorf("%v, %v", c, err)
	}
	if _, forgotten, err := Logout(Flags{}, environment); err != nil || !forgotten {
		t.Errorf("logout: %v, %v", forgotten, err)
	}
	text, err := os.ReadFile(place)
	if err != nil || strings.Contains(string(text), "secretToken") {
		t.Errorf("after logout: %s, %v", text, err)
	}
}

// A keyring that was used once and fails now is an error with a way out, and no
// silent change of account.
func TestLockedKeyring(t *testing.T) {
	keyring.MockInitWithError(errors.New("locked"))
	environment := world{settings: "profiles: {default: {token-in: keyring}}", official: official}.environment(t)
	_, err := Load(Flags{}, environment)
	if err == nil || Hint(err) == "" || !strings.Contains(err.Error(), "locked") {
		t.Errorf("%v (%s)", err, Hint(err))
	}
}

func TestEditKeepsTheRest(t *testing.T) {
	keyring.MockInitWithError(errors.New("none"))
	environment := world{settings: "# mine\ncurrent-profile: Work # the usual\nprofiles:\n  Work: {api-url: 'https://a.example'} # office\n  bare:\n"}.environment(t)
	if err := Use(environment, "bare"); err != nil {
		t.Fatal(err)
	}
	if _, err := Set(Flags{Profile: "bare", ProfileSet: true}, environment, "local", "~/storage"); err != nil {
		t.Fatal(err)
	}
	if _, err := Set(Flags{Profile: "WORK", ProfileSet: true}, environment, "api-url", ""); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(environment.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"# mine", "# office", "current-profile: bare", "local: ~/storage"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	if strings.Contains(string(text), "a.example") {
		t.Errorf("the removed member is still there:\n%s", text)
	}
	profiles, err := Profiles(Flags{}, environment)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, profile := range profiles {
		names = append(names, profile.Name)
		if profile.Current != (profile.Name == "bare") {
			t.Errorf("current: %+v", profile)
		}
	}
	if !slices.Equal(names, []string{"bare", "default", "work"}) {
		t.Errorf("profiles %q", names)
	}
}

func TestEditRefusals(t *testing.T) {
	environment := world{settings: "- a list\n"}.environment(t)
	if err := Use(environment, "default"); err == nil {
		t.Error("a list is taken for settings")
	}
	environment = world{}.environment(t)
	for _, name := range []string{"", "a b", "a/b", "../x", "ü"} {
		if _, err := Set(Flags{Profile: name, ProfileSet: true}, environment, "local", "x"); err == nil {
			t.Errorf("profile %q is taken", name)
		}
	}
	if _, err := Set(Flags{}, environment, "api-url", "ftp://x"); err == nil {
		t.Error("a URL that is none is taken")
	}
	if err := Use(environment, "nobody"); err == nil {
		t.Error("a profile that does not exist is used")
	}
	if _, err := Set(Flags{}, Environment{Getenv: func(string) string { return "" }}, "local", "x"); err == nil {
		t.Error("settings are kept nowhere")
	}
}

// A link into a folder of dotfiles stays a link.
func TestEditThroughLink(t *testing.T) {
	environment := world{settings: "profiles: {}\n"}.environment(t)
	path := environment.Path()
	target := filepath.Join(t.TempDir(), "real.yaml")
	if err := os.Rename(path, target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := Set(Flags{}, environment, "local", "/data"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if text, err := os.ReadFile(target); err != nil || !strings.Contains(string(text), "/data") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestNamesOfProfiles(t *testing.T) {
	for _, name := range []string{"a", "z", "A", "Z", "0", "9", "a-b_c.d"} {
		if err := validProfile(name, "--profile"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "`", "{", "@", "[", "/", ":", "a b", "é"} {
		if err := validProfile(name, "--profile"); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

// A profile that has logged in is one of those that are listed, with what it stands for.
func TestProfilesAfterLogin(t *testing.T) {
	keyring.MockInitWithError(errors.New("none"))
	environment := world{}.environment(t)
	if _, _, err := SaveLogin(environment, defaultProfile, defaultAPIURL, "secretToken", false); err != nil {
		t.Fatal(err)
	}
	if exists(environment.settingsPath()) {
		t.Error("a login that needs no settings has made a file of them")
	}
	if _, _, err := SaveLogin(environment, "work", defaultAPIURL, "secretToken", false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := SaveLogin(environment, "shop", "https://shop.example", "secretToken", false); err != nil {
		t.Fatal(err)
	}
	profiles, err := Profiles(Flags{}, environment)
	if err != nil {
		t.Fatal(err)
	}
	want := []Profile{
		{Name: defaultProfile, Current: true, APIURL: defaultAPIURL, Token: "file"},
		{Name: "shop", APIURL: "https://shop.example", Token: "file"},
		{Name: "work", APIURL: defaultAPIURL, Token: "file"},
	}
	if !slices.Equal(profiles, want) {
		t.Errorf("got %+v, want %+v", profiles, want)
	}
}
