// Package fleet holds what apifyctl prints for engines against their own types.
// It is a module of its own, so that the program knows no client of a cluster.
package fleet

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "apifyctl-fleet")
	if err != nil {
		panic(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "apifyctl"), ".")
	build.Dir = "../.."
	out, err := build.CombinedOutput()
	if err != nil {
		panic(string(out))
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// printed is what --print says, for a plan of the example storage.
func printed(t *testing.T, engine, to string) []byte {
	t.Helper()
	dir := t.TempDir()
	storage := filepath.Join(dir, "storage")
	if err := os.CopyFS(storage, os.DirFS("../../examples/storage")); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "apifyctl", "plan", "--all", "--shards", "12", "--to", to, "-o", "job/plan.jsonl", "--print", engine, "--local", storage)
	command.Dir = dir
	command.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said bytes.Buffer
	command.Stderr = &said
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	return text
}

// What is printed for Kubernetes is what its own types know, and nothing else. The
// rules that only its server checks, of a Job with failure policies, are held here
// as its documentation has them.
func TestKubernetesManifest(t *testing.T) {
	text := printed(t, "kubernetes", `odd "path" $(HOME) é: x/{name}.jsonl`)
	documents := strings.Split(string(text), "\n---\n")
	if len(documents) != 2 {
		t.Fatalf("%d documents", len(documents))
	}
	jobs := make([]batch.Job, len(documents))
	for i, document := range documents {
		if err := yaml.UnmarshalStrict([]byte(document), &jobs[i]); err != nil {
			t.Fatalf("document %d: %v", i, err)
		}
		checkJob(t, &jobs[i])
	}
	shards := jobs[0].Spec
	switch {
	case *shards.CompletionMode != batch.IndexedCompletion || *shards.Completions != 12 || *shards.Parallelism < 1:
		t.Error("it is no Indexed Job of 12 completions")
	case *shards.BackoffLimitPerIndex < 1 || shards.BackoffLimit != nil:
		t.Error("a shard that fails once is given up, or stops the others")
	case *shards.MaxFailedIndexes < 12:
		t.Error("shards that fail stop the others")
	}
	want := []string{"datasets", "export", "--plan", "job/plan.jsonl", "--shard", "auto", "--output", `odd "path" $$(HOME) é: x/{name}.jsonl`, "--no-progress"}
	if args := shards.Template.Spec.Containers[0].Args; !slices.Equal(args, want) {
		t.Errorf("arguments %q, want %q", args, want)
	}
	if claim := shards.Template.Spec.Volumes[0].PersistentVolumeClaim; claim == nil {
		t.Error("files are in no volume that the nodes share")
	}
}

// checkJob holds a Job against the rules of the server for failure policies.
func checkJob(t *testing.T, job *batch.Job) {
	t.Helper()
	spec, pod := job.Spec, job.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || len(job.Name) > 63-len("-00000-abcde") {
		t.Errorf("%s %s %s", job.APIVersion, job.Kind, job.Name)
	}
	if pod.RestartPolicy != core.RestartPolicyNever {
		t.Error("podFailurePolicy needs restartPolicy: Never")
	}
	for _, rule := range spec.PodFailurePolicy.Rules {
		codes := rule.OnExitCodes
		switch {
		case rule.Action == batch.PodFailurePolicyActionFailIndex && spec.BackoffLimitPerIndex == nil:
			t.Error("FailIndex needs backoffLimitPerIndex")
		case (codes == nil) == (len(rule.OnPodConditions) == 0):
			t.Error("a rule has either exit codes or conditions")
		case codes != nil && (!slices.IsSorted(codes.Values) || slices.Contains(codes.Values, 0) || *codes.ContainerName != pod.Containers[0].Name):
			t.Errorf("exit codes %v of %s", codes.Values, *codes.ContainerName)
		case codes != nil && slices.Contains(codes.Values, 5):
			t.Error("exit code 5 is worth another try")
		}
	}
	mounts := map[string]bool{}
	for _, mount := range pod.Containers[0].VolumeMounts {
		mounts[mount.Name] = true
	}
	for _, volume := range pod.Volumes {
		if !mounts[volume.Name] {
			t.Errorf("volume %s is not mounted", volume.Name)
		}
	}
}

// The scripts are what bash reads.
func TestScriptsAreBash(t *testing.T) {
	for _, engine := range []string{"slurm", "parallel"} {
		t.Run(engine, func(t *testing.T) {
			check := exec.CommandContext(t.Context(), "bash", "-n")
			check.Stdin = bytes.NewReader(printed(t, engine, `it's "odd" $(touch x)/{name}.jsonl`))
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
