package e2e

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/test/mockapi"
	"github.com/apifyctl/apifyctl/test/mockapi/mockscript"
)

// exampleFiles are what the examples read besides the example storage.
func exampleFiles() map[string]string {
	return map[string]string{
		"items.jsonl":       "{\"id\":301,\"name\":\"Lamp\"}\n",
		"more.csv":          "id,name\n302,Chair\n",
		"urls.txt":          "https://example.com/a\nhttps://example.com/b\n",
		"sitemap.xml":       "<urlset><url><loc>https://example.com/c</loc></url></urlset>",
		"names.csv":         "id,name\nKq7RzT2mWx9LbV4nY,news\n",
		"photo.jpg":         "a picture",
		"token.txt":         mockapi.Token + "\n",
		"pictures/cat.jpg":  "a cat",
		"pictures/page.txt": "a page",
	}
}

// exampleStorage is the example storage, which is read once and written for each example.
var exampleStorage = sync.OnceValues(func() (map[string]string, error) { return readFiles("../../examples/storage") })

// readFiles reads all files below a folder, by their paths in it. Those of folders
// end with a slash.
func readFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	root := os.DirFS(dir)
	return files, fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			files[path+"/"] = ""
			return nil
		}
		text, err := fs.ReadFile(root, path)
		files[path] = string(text)
		return err
	})
}

// writeFiles writes what readFiles reads.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
		} else if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// Every example of every command's help works as it is pasted: on the example
// storage, and those about an account against a mock of the API that holds it.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("scripts run the same commands")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the examples run by sh")
	}
	t.Parallel()
	var visit func(*cobra.Command)
	visit = func(command *cobra.Command) {
		if example := command.Example; example != "" && !waits(command.CommandPath()) {
			t.Run(strings.ReplaceAll(command.CommandPath(), " ", "-"), func(t *testing.T) {
				t.Parallel()
				for _, line := range exampleLines(example) {
					runExample(t, line, needsAccount(command.CommandPath()))
				}
			})
		}
		for _, sub := range command.Commands() {
			visit(sub)
		}
	}
	visit(cmd.NewRoot(&app.App{Streams: &output.Streams{}}))
}

// waits tells that a command's examples go on until they are stopped.
func waits(path string) bool { return path == "apifyctl serve" || path == "apifyctl open" }

func needsAccount(path string) bool {
	for _, about := range []string{"api", "login", "logout", "whoami", "usage", "backup", "restore", "config use"} {
		if path == "apifyctl "+about {
			return true
		}
	}
	return strings.HasSuffix(path, " share")
}

// exampleLines joins lines that end with a backslash.
func exampleLines(example string) []string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(example, "\\\n", "")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

func runExample(t *testing.T, line string, account bool) {
	t.Helper()
	dir := t.TempDir()
	storage := filepath.Join(dir, "storage")
	stored, err := exampleStorage()
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, storage, stored)
	writeFiles(t, dir, exampleFiles())
	command := exec.CommandContext(t.Context(), "sh", "-c", line)
	command.Dir = dir
	command.Env = append(os.Environ(),
		"HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir, "APIFY_LOCAL_STORAGE_DIR="+storage, "APIFY_TOKEN=", "GORACE=atexit_sleep_ms=0")
	if account {
		server, err := mockscript.Load(storage)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		command.Env = append(command.Env, "APIFY_LOCAL_STORAGE_DIR=", "APIFY_API_BASE_URL="+server.URL(), "APIFY_TOKEN="+mockapi.Token)
	}
	if strings.Contains(line, "products.schema.json") {
		first := exec.CommandContext(t.Context(), "sh", "-c", "apifyctl datasets schema products --as json-schema >products.schema.json")
		first.Env, first.Dir = command.Env, dir
		if text, err := first.CombinedOutput(); err != nil {
			t.Fatalf("datasets schema: %v\n%s", err, text)
		}
	}
	if strings.Contains(line, "work") && !strings.HasPrefix(line, "apifyctl login") {
		keep := exec.CommandContext(t.Context(), "apifyctl", "login", "--profile", "work", "--no-keyring")
		keep.Env, keep.Stdin = command.Env, strings.NewReader(mockapi.Token)
		if text, err := keep.CombinedOutput(); err != nil {
			t.Fatalf("login --profile work: %v\n%s", err, text)
		}
	}
	command.Stdin = strings.NewReader(mockapi.Token + "\n") // for login
	if text, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, text)
	}
}
