package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/test/mockapi"
	"github.com/apifyctl/apifyctl/test/mockapi/mockscript"
)

// printed are commands that print rows, each on both roads where it is there. They
// run one after the other.
func printed() []string {
	return []string{
		"version -f json",
		"config list -f json",
		"whoami -f json",
		"usage -f json",
		"datasets list --all -f json",
		"datasets get products -f json",
		"datasets items products --limit 3 -f json",
		"datasets export products --limit 3 -f json",
		"datasets find .inStock products --limit 3 -f json",
		"datasets schema products -f json",
		"datasets schema products --check wrong.schema.json -f json",
		"datasets create new -f json",
		"datasets put new items.jsonl -f json",
		"datasets rename new newer -f json",
		"datasets share newer -f json",
		"datasets delete newer --dry-run -f json",
		"kvs list --all -f json",
		"kvs get assets -f json",
		"kvs get assets notes --head -f json",
		"kvs keys assets -f json",
		"kvs create new -f json",
		"kvs put new text --value hello -f json",
		"kvs import new files --dry-run -f json",
		"kvs delete-key new text --dry-run -f json",
		"kvs rename new newer -f json",
		"kvs share newer -f json",
		"kvs delete newer --dry-run -f json",
		"queues list --all -f json",
		"queues create new -f json",
		"queues put new https://example.com/a https://example.com/b -f json",
		"queues put new handled.jsonl -f json",
		"queues get new -f json",
		"queues get new --url https://example.com/a -f json",
		"queues head new -f json",
		"queues requests new -f json",
		"queues export new -f json",
		"queues requeue new --handled --dry-run -f json",
		"queues delete-request new --filter pending --dry-run -f json",
		"queues rename new newer -f json",
		"queues share newer -f json",
		"queues delete newer --dry-run -f json",
		"keep --dry-run -f json",
		"backup -o backup -f json",
		"restore backup --dry-run -f json",
		"commit --plan job/plan.jsonl -f json",
	}
}

// What a command prints as JSON is what apifyctl schema says of its rows.
func TestRowsAreAsTheirSchemaSays(t *testing.T) {
	t.Parallel()
	a := &app.App{Streams: &output.Streams{}}
	prints, unseen := map[string]bool{}, map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(command *cobra.Command) {
		if _, ok := a.Row(command); ok {
			name := strings.TrimPrefix(command.CommandPath(), "apifyctl ")
			prints[name], unseen[name] = true, command.IsAvailableCommand()
		} else if command.Flags().Lookup("columns") != nil {
			t.Errorf("%s prints rows, and nobody knows what they are made of", command.CommandPath())
		}
		for _, sub := range command.Commands() {
			visit(sub)
		}
	}
	visit(cmd.NewRoot(a))
	for _, road := range []string{"local", "cloud"} {
		dir, environment := rowsRoad(t, road)
		for _, line := range printed() {
			words := strings.Fields(line)
			name := words[0]
			if !prints[name] {
				name += " " + words[1]
			}
			if road == "local" && (name == "backup" || name == "restore") { // of accounts
				continue
			}
			rows := printedRows(t, dir, environment, words)
			checkRows(t, road+": "+line, schemaOf(t, strings.Fields(name)), rows)
			if len(rows) > 0 {
				delete(unseen, name)
			}
		}
	}
	for name, missed := range unseen {
		if missed {
			t.Errorf("no rows of %s were looked at", name)
		}
	}
}

// rowsRoad is a folder with all that the commands read, and an account that holds
// the examples: a directory, or a mock of the API.
func rowsRoad(t *testing.T, road string) (dir string, environment []string) {
	t.Helper()
	dir = t.TempDir()
	storage := filepath.Join(dir, "storage")
	stored, err := exampleStorage()
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, storage, stored)
	writeFiles(t, dir, map[string]string{
		"items.jsonl":       `{"id":1}`,
		"handled.jsonl":     `{"url":"https://example.com/c","handledAt":"2026-01-01T00:00:00Z"}`,
		"files/a.txt":       "a",
		"wrong.schema.json": `{"type":"object","properties":{"name":{"type":"integer"}}}`,
	})
	environment = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir, "GORACE=atexit_sleep_ms=0",
		"APIFY_TOKEN=", "APIFY_LOCAL_STORAGE_DIR="+storage)
	if road == "cloud" {
		server, err := mockscript.Load(storage)
		t.Cleanup(server.Close)
		if err != nil {
			t.Fatal(err)
		}
		environment = append(environment, "APIFY_LOCAL_STORAGE_DIR=", "APIFY_API_BASE_URL="+server.URL(), "APIFY_TOKEN="+mockapi.Token)
	}
	plan := exec.CommandContext(t.Context(), "apifyctl", "plan", "--all", "--to", "{name}.jsonl", "-o", "job/plan.jsonl")
	plan.Dir, plan.Env = dir, environment
	if text, err := plan.CombinedOutput(); err != nil {
		t.Fatalf("plan: %v\n%s", err, text)
	}
	return dir, environment
}

// printedRows are those of a command that may fail, but prints something then.
func printedRows(t *testing.T, dir string, environment, words []string) []any {
	t.Helper()
	command := exec.CommandContext(t.Context(), "apifyctl", words...)
	var said bytes.Buffer
	command.Dir, command.Env, command.Stderr = dir, environment, &said
	text, err := command.Output()
	if len(bytes.TrimSpace(text)) == 0 {
		t.Errorf("%s prints nothing: %v\n%s", words, err, &said)
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Errorf("%s: %v in %s", words, err, text)
	}
	if rows, ok := value.([]any); ok {
		return rows
	}
	return []any{value}
}

func schemaOf(t *testing.T, command []string) *jsonschema.Schema {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "apifyctl", append([]string{"schema"}, command...)...).Output()
	if err != nil {
		t.Fatalf("schema %s: %v", command, err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("rows.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("rows.json")
	if err != nil {
		t.Fatalf("schema %s: %v", command, err)
	}
	return schema
}

// checkRows holds rows against a schema. Rows of our own have no member that the
// schema does not know.
func checkRows(t *testing.T, name string, schema *jsonschema.Schema, rows []any) {
	t.Helper()
	for _, row := range rows {
		if err := schema.Validate(row); err != nil {
			text, _ := json.Marshal(row)
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		members, ok := row.(map[string]any)
		if known := schema.Properties; ok && len(known) > 0 && len(schema.Required) > 1 {
			for member := range members {
				if known[member] == nil {
					t.Errorf("%s: the schema knows no %q", name, member)
				}
			}
		}
	}
}
