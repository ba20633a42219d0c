package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// world is a home directory with files, and variables.
type world struct {
	settings, credentials, official string // contents; "": no such file
	variables                       map[string]string
}

func (w world) environment(t testing.TB) Environment {
	t.Helper()
	home := t.TempDir()
	for path, content := range map[string]string{
		".config/apifyctl/config.yaml":      w.settings,
		".config/apifyctl/credentials.yaml": w.credentials,
		".apify/auth.json":                  w.official,
	} {
		if content == "" {
			continue
		}
		path = filepath.Join(home, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Environment{
		Getenv:    func(name string) string { return w.variables[name] },
		HomeDir:   home,
		ConfigDir: filepath.Join(home, ".config"),
	}
}

const (
	someSettings = `
current-profile: Work
profiles:
  work: {api-url: "https://work.example/v2/"}
  other: {api-url: "https://other.example"}
  empty:
  bare: {}
  on.disk: {local: /data/storage}
  at.home: {local: ~/storage}
  staging: {local: /data/staging, api-url: "http://localhost:8080"}
`
	someCredentials = `
profiles:
  work: {token: tokenOfWork}
  other: {token: tokenOfOther}
  default: {token: tokenOfDefault}
`
	official = `{"token": "officialToken", "proxy": {"password": "p"}, "id": "x"}`
)

// The precedence of every setting: flag, environment, profile, default.
func TestLoad(t *testing.T) {
	type vars = map[string]string
	files := func(v vars) world { return world{someSettings, someCredentials, official, v} }
	none := func(v vars) world { return world{variables: v} }
	work := Config{APIURL: "https://work.example", Token: "tokenOfWork", TokenSource: "profile work", Profile: "work"}
	other := Config{APIURL: "https://other.example", Token: "tokenOfOther", TokenSource: "profile other", Profile: "other"}
	with := func(c Config, change func(*Config)) Config { change(&c); return c }

	for _, test := range []struct {
		name  string
		flags Flags
		world world
		want  Config
	}{
		// Which directory.
		{"flag before all", Flags{Local: "d", LocalSet: true, APIURL: "x", APIURLSet: true}, files(vars{"APIFY_LOCAL_STORAGE_DIR": "e", "APIFY_TOKEN": "t"}), Config{Local: "d"}},
		{"directory of the environment", Flags{}, files(vars{"APIFY_LOCAL_STORAGE_DIR": "e", "APIFY_TOKEN": "t"}), Config{Local: "e"}},
		{"directory of the environment is empty", Flags{}, files(vars{"APIFY_LOCAL_STORAGE_DIR": ""}), work},
		{"--api-url asks for the cloud", Flags{APIURL: "https://work.example/v2/", APIURLSet: true}, files(vars{"APIFY_LOCAL_STORAGE_DIR": "e"}), work},
		{"--profile asks for an account", Flags{Profile: "other", ProfileSet: true}, files(vars{"APIFY_LOCAL_STORAGE_DIR": "e"}), other},
		{"directory of the profile", Flags{Profile: "on.disk", ProfileSet: true}, files(vars{"APIFY_TOKEN": "t"}), Config{Local: "/data/storage", Profile: "on.disk"}},
		{"--api-url before the profile's directory", Flags{Profile: "staging", ProfileSet: true, APIURL: defaultAPIURL, APIURLSet: true}, files(nil), Config{APIURL: defaultAPIURL, Token: "officialToken", TokenSource: "~/.apify/auth.json", Profile: "staging"}},
		{"Crawlee's directory without a token", Flags{}, none(vars{"CRAWLEE_STORAGE_DIR": "c"}), Config{Local: "c", Profile: "default"}},
		{"Crawlee's directory with a token", Flags{}, files(vars{"CRAWLEE_STORAGE_DIR": "c"}), work},
		{"Crawlee's directory comes last", Flags{}, none(vars{"CRAWLEE_STORAGE_DIR": "c", "APIFY_LOCAL_STORAGE_DIR": "e"}), Config{Local: "e"}},

		// Which profile.
		{"profile of the flag", Flags{Profile: "OTHER", ProfileSet: true}, files(vars{"APIFYCTL_PROFILE": "work"}), other},
		{"profile of the environment", Flags{}, files(vars{"APIFYCTL_PROFILE": "other"}), other},
		{"current profile", Flags{}, files(nil), work},
		{"default profile", Flags{}, world{credentials: someCredentials}, Config{APIURL: defaultAPIURL, Token: "tokenOfDefault", TokenSource: "profile default", Profile: "default"}},
		{"default profile by name", Flags{Profile: "default", ProfileSet: true}, none(vars{"APIFY_TOKEN": "t"}), Config{APIURL: defaultAPIURL, Token: "t", TokenSource: "APIFY_TOKEN", Profile: "default"}},
		{"profile without members", Flags{Profile: "empty", ProfileSet: true}, files(nil), Config{APIURL: defaultAPIURL, Token: "officialToken", TokenSource: "~/.apify/auth.json", Profile: "empty"}},
		{"profile with no members", Flags{Profile: "bare", ProfileSet: true}, files(nil), Config{APIURL: defaultAPIURL, Token: "officialToken", TokenSource: "~/.apify/auth.json", Profile: "bare"}},

		// Which API.
		{"URL of the flag", Flags{APIURL: "http://f/v2", APIURLSet: true}, files(vars{"APIFY_TOKEN": "t", "APIFY_API_BASE_URL": "http://a"}), with(work, func(c *Config) { c.APIURL = "http://f"; c.Token, c.TokenSource = "t", "APIFY_TOKEN" })},
		{"URL of the environment", Flags{}, files(vars{"APIFY_TOKEN": "t", "APIFY_API_BASE_URL": "http://a/v2/", "APIFY_CLIENT_BASE_URL": "http://c"}), with(work, func(c *Config) { c.APIURL = "http://a"; c.Token, c.TokenSource = "t", "APIFY_TOKEN" })},
		{"URL of the client's environment", Flags{}, files(vars{"APIFY_TOKEN": "t", "APIFY_CLIENT_BASE_URL": "http://c"}), with(work, func(c *Config) { c.APIURL = "http://c"; c.Token, c.TokenSource = "t", "APIFY_TOKEN" })},
		{"default URL", Flags{}, none(vars{"APIFY_TOKEN": "t"}), Config{APIURL: defaultAPIURL, Token: "t", TokenSource: "APIFY_TOKEN", Profile: "default"}},

		// Which token.
		{"token of the environment", Flags{}, files(vars{"APIFY_TOKEN": " t\n"}), with(work, func(c *Config) { c.Token, c.TokenSource = "t", "APIFY_TOKEN" })},
		{"token of --profile before the environment's", Flags{Profile: "other", ProfileSet: true}, files(vars{"APIFY_TOKEN": "t"}), other},
		{"URL of --profile before the environment's", Flags{Profile: "other", ProfileSet: true}, files(vars{"APIFY_API_BASE_URL": "http://a"}), other},
		{"--api-url before that of --profile", Flags{Profile: "other", ProfileSet: true, APIURL: "http://f", APIURLSet: true}, files(vars{"APIFY_TOKEN": "t"}), with(other, func(c *Config) { c.APIURL = "http://f"; c.Token, c.TokenSource = "t", "APIFY_TOKEN" })},
		{"--profile without a token of its own", Flags{Profile: "empty", ProfileSet: true}, files(vars{"APIFY_TOKEN": "t"}), Config{APIURL: defaultAPIURL, Token: "t", TokenSource: "APIFY_TOKEN", Profile: "empty"}},
		{"token of the environment before that of APIFYCTL_PROFILE", Flags{}, files(vars{"APIFY_TOKEN": "t", "APIFYCTL_PROFILE": "other"}), with(other, func(c *Config) { c.Token, c.TokenSource = "t", "APIFY_TOKEN" })},
		{"blank token of the environment", Flags{}, files(vars{"APIFY_TOKEN": " "}), work},
		{"official CLI's token", Flags{}, world{official: official}, Config{APIURL: defaultAPIURL, Token: "officialToken", TokenSource: "~/.apify/auth.json", Profile: "default"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Load(test.flags, test.world.environment(t))
			if err != nil {
				t.Fatal(err)
			}
			if *got != test.want {
				t.Errorf("got  %+v (%q)\nwant %+v (%q)", *got, got.Token.Reveal(), test.want, test.want.Token.Reveal())
			}
		})
	}
}

// A token that was kept for one API goes to no other, whoever names the other.
func TestKeptTokenBelongsToItsAPI(t *testing.T) {
	type vars = map[string]string
	for name, test := range map[string]struct {
		flags Flags
		world world
	}{
		"APIFY_API_BASE_URL":         {Flags{}, world{someSettings, someCredentials, "", vars{"APIFY_API_BASE_URL": "https://evil.example"}}},
		"APIFY_CLIENT_BASE_URL":      {Flags{}, world{someSettings, someCredentials, "", vars{"APIFY_CLIENT_BASE_URL": "https://evil.example"}}},
		"--api-url":                  {Flags{APIURL: "https://evil.example", APIURLSet: true}, world{someSettings, someCredentials, official, nil}},
		"another scheme":             {Flags{APIURL: "http://work.example", APIURLSet: true}, world{someSettings, someCredentials, "", nil}},
		"another port":               {Flags{APIURL: "https://work.example:444", APIURLSet: true}, world{someSettings, someCredentials, "", nil}},
		"another name behind it":     {Flags{APIURL: "https://work.example.evil", APIURLSet: true}, world{someSettings, someCredentials, "", nil}},
		"of the official CLI":        {Flags{}, world{"", "", official, vars{"APIFY_API_BASE_URL": "http://127.0.0.1:3333"}}},
		"of the default profile":     {Flags{}, world{"", someCredentials, "", vars{"APIFY_API_BASE_URL": "http://127.0.0.1:3333"}}},
		"instead of Crawlee's files": {Flags{}, world{"", someCredentials, "", vars{"APIFY_API_BASE_URL": "http://127.0.0.1:3333", "CRAWLEE_STORAGE_DIR": "c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Load(test.flags, test.world.environment(t))
			if _, ok := errors.AsType[*ForeignTokenError](err); !ok || Hint(err) == "" || strings.Contains(err.Error(), "tokenOf") {
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
}

func TestFilesThatOthersCanChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions")
	}
	for name, test := range map[string]struct {
		path    string
		mode    os.FileMode
		refused bool
	}{
		"settings that others write":        {".config/apifyctl/config.yaml", 0o622, true},
		"settings that others read":         {".config/apifyctl/config.yaml", 0o644, false},
		"credentials that others read":      {".config/apifyctl/credentials.yaml", 0o640, true},
		"a folder that others write":        {".config/apifyctl", 0o777, true},
		"a folder that others read":         {".config/apifyctl", 0o755, false},
		"a folder in which owners remove":   {".config/apifyctl", 0o777 | os.ModeSticky, false},
		"the official CLI's, open to write": {".apify/auth.json", 0o666, true},
	} {
		t.Run(name, func(t *testing.T) {
			environment := world{someSettings, someCredentials, official, nil}.environment(t)
			path := filepath.Join(environment.HomeDir, test.path)
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			flags := Flags{}
			if strings.HasPrefix(test.path, ".apify/") {
				flags = Flags{Profile: "empty", ProfileSet: true}
			}
			c, err := Load(flags, environment)
			if (err != nil) != test.refused || err != nil && !strings.HasPrefix(Hint(err), "chmod ") {
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
}

// The official CLI leaves its file open to others: that is told, and no more.
func TestOfficialTokenThatOthersRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions")
	}
	environment := world{official: official}.environment(t)
	path := filepath.Join(environment.HomeDir, ".apify", "auth.json")
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Flags{}, environment)
		if err != nil || strings.Contains(c.Warning, "chmod 600") != warned {
			t.Errorf("%04o: %q, %v", mode, c.Warning, err)
		}
	}
}

// What login writes is its owner's alone, also where the folder was there before.
func TestKeptFilesAreTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions")
	}
	environment := world{settings: "# mine"}.environment(t)
	folder := filepath.Join(environment.ConfigDir, "apifyctl")
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := SaveLogin(environment, "default", "https://h.example", "hush", false); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{folder: 0o700, environment.credentialsPath(): 0o600, environment.settingsPath(): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestLoadExpandsHome(t *testing.T) {
	environment := world{settings: someSettings}.environment(t)
	c, err := Load(Flags{Profile: "at.home", ProfileSet: true}, environment)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(environment.HomeDir, "storage"); c.Local != want {
		t.Errorf("Local = %q, want %q", c.Local, want)
	}
}

func TestLoadWithoutAccount(t *testing.T) {
	for name, test := range map[string]struct {
		flags Flags
		world world
	}{
		"nothing at all":        {},
		"an auth.json without":  {world: world{official: `{"id": "x"}`}},
		"--api-url and Crawlee": {flags: Flags{APIURL: "http://h", APIURLSet: true}, world: world{variables: map[string]string{"CRAWLEE_STORAGE_DIR": "c"}}},
	} {
		_, err := Load(test.flags, test.world.environment(t))
		if !errors.Is(err, ErrNoAccount) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, way := range []string{"APIFY_TOKEN", "--local DIR"} {
			if !strings.Contains(err.Error(), way) {
				t.Errorf("%s: %q does not name %s", name, err, way)
			}
		}
		if Hint(err) == "" || strings.Contains(Hint(err)+err.Error(), "\n") {
			t.Errorf("not one line and one hint: %q, %q", err, Hint(err))
		}
	}
	if _, err := Load(Flags{}, Environment{Getenv: func(string) string { return "" }}); !errors.Is(err, ErrNoAccount) {
		t.Errorf("without directories: %v", err)
	}
}

func TestLoadRefusesValues(t *testing.T) {
	const secret = "hunter2"
	type vars = map[string]string
	for _, test := range []struct {
		name   string
		flags  Flags
		world  world
		source string
	}{
		{"no directory", Flags{LocalSet: true}, world{}, "--local"},
		{"no profile name", Flags{ProfileSet: true}, world{}, "--profile"},
		{"unknown profile", Flags{Profile: "nope", ProfileSet: true}, world{settings: someSettings}, "--profile"},
		{"unknown profile, no file", Flags{}, world{variables: vars{"APIFYCTL_PROFILE": "nope"}}, "APIFYCTL_PROFILE"},
		{"unknown current profile", Flags{}, world{settings: "current-profile: nope"}, "current-profile in "},
		{"empty URL", Flags{APIURLSet: true}, world{}, "--api-url"},
		{"scheme", Flags{APIURL: "ftp://h", APIURLSet: true}, world{}, "--api-url"},
		{"no scheme", Flags{APIURL: "api.apify.com", APIURLSet: true}, world{}, "--api-url"},
		{"no host", Flags{}, world{variables: vars{"APIFY_API_BASE_URL": "https://:80"}}, "APIFY_API_BASE_URL"},
		{"user info", Flags{APIURL: "https://u:" + secret + "@h", APIURLSet: true}, world{}, "--api-url"},
		{"broken user info", Flags{APIURL: "https://u:" + secret + "%zz@h", APIURLSet: true}, world{}, "--api-url"},
		{"query", Flags{APIURL: "https://h/?token=" + secret, APIURLSet: true}, world{}, "--api-url"},
		{"URL of a profile", Flags{}, world{settings: "profiles: {default: {api-url: 'file:///x'}}"}, "api-url of profile default"},
		{"space in a token", Flags{}, world{variables: vars{"APIFY_TOKEN": secret + " x"}}, "APIFY_TOKEN"},
		{"line break in a token", Flags{}, world{variables: vars{"APIFY_TOKEN": secret + "\r\nx"}}, "APIFY_TOKEN"},
		{"control character in a token", Flags{}, world{official: `{"token": "` + secret + `\u0000"}`}, "~/.apify/auth.json"},
		{"letter in a token", Flags{}, world{credentials: "profiles: {default: {token: " + secret + "é}}"}, "profile default"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(test.flags, test.world.environment(t))
			value, ok := errors.AsType[*ValueError](err)
			if !ok {
				t.Fatalf("err = %v", err)
			}
			if !strings.HasPrefix(value.Source, test.source) {
				t.Errorf("source %q, want %q", value.Source, test.source)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a secret in %q", err)
			}
		})
	}
}

func TestLoadRefusesFiles(t *testing.T) {
	const secret = "hunter2"
	for _, test := range []struct {
		name  string
		world world
		file  string
		line  int
		part  string
	}{
		{"broken settings", world{settings: "profiles:\n  a: {\n  b: :\n"}, "config.yaml", 3, ""},
		{"settings are a text", world{settings: "\n\nhello\n"}, "config.yaml", 3, ""},
		{"wrong type", world{settings: "profiles: [a]"}, "config.yaml", 0, "profiles"},
		{"two wrong", world{settings: "profiles: {a: {local: [x]}, b: {local: {c: d}}}"}, "config.yaml", 0, ";"},
		{"too large", world{settings: strings.Repeat("#", maxFileSize+1)}, "config.yaml", 0, "1 MB"},
		{"credentials are a text", world{credentials: secret}, "credentials.yaml", 1, ""},
		{"broken credentials", world{credentials: "profiles:\n  a: {token: " + secret + ": x}\n"}, "credentials.yaml", 2, ""},
		{"credentials with a list", world{credentials: "profiles: {default: {token: [" + secret + "]}}"}, "credentials.yaml", 0, "token"},
		{"misplaced token", world{credentials: "profiles: {default: " + secret + "}"}, "credentials.yaml", 0, "token"},
		{"broken official file", world{official: `{"token": "` + secret}, "auth.json", 0, ""},
		{"official file of another shape", world{official: `{"token": ["` + secret + `"]}`}, "auth.json", 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(Flags{}, test.world.environment(t))
			file, ok := errors.AsType[*FileError](err)
			if !ok {
				t.Fatalf("err = %v", err)
			}
			if filepath.Base(file.Path) != test.file || file.Line != test.line {
				t.Errorf("names %s:%d, want %s:%d: %v", file.Path, file.Line, test.file, test.line, err)
			}
			if text := err.Error(); !strings.Contains(text, test.part) || strings.Contains(text, secret) || strings.Contains(text, "\n") {
				t.Errorf("err = %q", text)
			}
		})
	}
}

func TestCredentialsOpenToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	environment := world{credentials: someCredentials}.environment(t)
	path := environment.credentialsPath()
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load(Flags{}, environment)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.HasPrefix(Hint(err), "chmod 600 ") {
			t.Errorf("mode %o: %v, hint %q", mode, err, Hint(err))
		}
	}
	if _, err := Load(Flags{Local: "d", LocalSet: true}, environment); err != nil {
		t.Errorf("--local needs no token: %v", err)
	}
}

func TestHomeIsNoDirectory(t *testing.T) {
	environment := Environment{
		Getenv:  func(string) string { return "" },
		HomeDir: os.DevNull, ConfigDir: filepath.Join(os.DevNull, "config"),
	}
	if _, err := Load(Flags{}, environment); !errors.Is(err, ErrNoAccount) {
		t.Errorf("err = %v", err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for name, w := range map[string]world{
		"NoFiles": {variables: map[string]string{"APIFY_TOKEN": "t"}},
		"Files":   {someSettings, someCredentials, official, nil},
	} {
		b.Run(name, func(b *testing.B) {
			environment := w.environment(b)
			for b.Loop() {
				if _, err := Load(Flags{}, environment); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A member that nothing knows is told with the nearest that there is.
func TestUnknownMembers(t *testing.T) {
	for _, c := range []struct{ name, settings, want string }{
		{"of a profile", "profiles: {work: {lokal: x}}", `nothing knows "lokal" of profile work; "local" is the nearest that there is`},
		{"on top", "current_profile: x", `nothing knows "current_profile"; "current-profile" is the nearest that there is`},
		{"like no other", "profiles: {a.b: {colour: red}}", `nothing knows "colour" of profile a.b`},
		{"none", "profiles: {work: {local: x}}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []string
			environment := world{settings: c.settings}.environment(t)
			environment.Warn = func(text string) { told = append(told, text) }
			if _, err := Profiles(Flags{}, environment); err != nil {
				t.Fatal(err)
			}
			path := environment.settingsPath() + ": "
			if got := strings.TrimPrefix(strings.Join(told, "|"), path); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

func TestTokensAreText(t *testing.T) {
	for text, want := range map[string]string{"a~b!": "a~b!", " \tabc\r\n": "abc"} {
		if token, err := parseToken(text, "APIFY_TOKEN"); string(token) != want || err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"a b", "a\x7f", "a\x00b", "é"} {
		if _, err := parseToken(text, "APIFY_TOKEN"); err == nil || strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSameServer(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"https://a.example", "https://A.example:443/v2", true},
		{"http://a.example", "http://a.example:80", true},
		{"http://a.example", "https://a.example", false},
		{"https://a.example", "https://a.example:444", false},
		{"https://a.example:8443", "https://a.example:8444", false},
		{"https://a.example", "https://b.example", false},
		{"https://a.example", "https://a.example:x", false},
	} {
		if same := sameServer(test.a, test.b); same != test.same {
			t.Errorf("%s and %s: %t", test.a, test.b, same)
		}
	}
}

// Variables that name a directory say nothing to what works with an account.
func TestLoadAccount(t *testing.T) {
	for _, name := range []string{"APIFY_LOCAL_STORAGE_DIR", "CRAWLEE_STORAGE_DIR"} {
		environment := world{settings: someSettings, credentials: someCredentials, variables: map[string]string{name: "/data"}}.environment(t)
		c, err := LoadAccount(Flags{}, environment)
		if err != nil || c.Local != "" || c.Token != "tokenOfWork" {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func TestWhatLogsSay(t *testing.T) {
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{Local: "/data", Profile: "on.disk"}, "local storage directory /data"},
		{Config{APIURL: defaultAPIURL, Profile: "work", Token: "secretToken", TokenSource: "APIFY_TOKEN"}, defaultAPIURL + ", profile work, token from APIFY_TOKEN"},
	} {
		if got := test.config.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestFileErrorNamesTheLineThatIsKnown(t *testing.T) {
	for want, err := range map[string]*FileError{
		"a.yaml:7: bad": {Path: "a.yaml", Line: 7, Problem: "bad"},
		"a.yaml: bad":   {Path: "a.yaml", Problem: "bad"},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
