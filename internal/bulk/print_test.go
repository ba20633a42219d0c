package bulk

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

// What is printed for GitHub Actions is a file here, which actionlint looks at in the
// gate. Nothing in a path is an expression, or ends a text.
func TestGitHubActionsWorkflow(t *testing.T) {
	work := Work{
		Job: "0123456789abcdef0123456789abcdef", Shards: 3, Version: "1.0.0",
		Plan: `s3://lake/it's "odd"/${{ secrets.APIFY_TOKEN }}/plan.jsonl`, To: `s3://lake/$(whoami)/{name}.parquet`,
	}
	got, err := Script("github-actions", work)
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/github-actions.yml"
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is no longer what is printed:\n%s", file, got)
	}
}
