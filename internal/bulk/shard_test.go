package bulk

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseShard(t *testing.T) {
	for _, test := range []struct {
		name, text string
		of         int // of the plan
		set        string
		want       string // the shard, or a part of the error
	}{
		{"said", "2/8", 0, "", "2/8"},
		{"the first", "0/1", 1, "", "0/1"},
		{"counted from 1", "8/8", 0, "", "shards count from 0: there is no shard 8/8"},
		{"negative", "-1/8", 0, "", "there is no shard -1/8"},
		{"of none", "0/0", 0, "", "there is no shard 0/0"},
		{"of another plan", "0/8", 9, "", "0/8 is one of 8 shards, and the plan has 9"},
		{"no fraction", "3", 0, "", `"3" is neither auto nor a shard such as 0/8`},
		{"no numbers", "a/b", 0, "", "neither auto nor a shard"},
		{"too many", "0/100001", 0, "", "100001 shards are more than 100000"},

		{"Kubernetes", "auto", 8, "JOB_COMPLETION_INDEX=7", "7/8"},
		{"Kubernetes without a plan", "auto", 0, "JOB_COMPLETION_INDEX=7", "JOB_COMPLETION_INDEX does not tell how many shards there are"},
		{"Kubernetes with more completions", "auto", 8, "JOB_COMPLETION_INDEX=8", "JOB_COMPLETION_INDEX is 8, and there are 8 shards: the last is 7"},
		{"Cloud Run", "auto", 0, "CLOUD_RUN_TASK_INDEX=0 CLOUD_RUN_TASK_COUNT=4", "0/4"},
		{"Cloud Run with fewer tasks", "auto", 8, "CLOUD_RUN_TASK_INDEX=0 CLOUD_RUN_TASK_COUNT=4", "CLOUD_RUN_TASK_INDEX runs 4 tasks, and the plan has 8 shards"},
		{"AWS Batch", "auto", 5, "AWS_BATCH_JOB_ARRAY_INDEX=3", "3/5"},
		{"AWS Batch with its size", "auto", 0, "AWS_BATCH_JOB_ARRAY_INDEX=3 AWS_BATCH_JOB_ARRAY_SIZE=10", "3/10"},
		{"Google Batch", "auto", 0, "BATCH_TASK_INDEX=1 BATCH_TASK_COUNT=2", "1/2"},
		{"Slurm", "auto", 8, "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=8", "5/8"},
		{"Slurm from 1", "auto", 8, "SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=8", "7/8"},
		{"Slurm in steps", "auto", 4, "SLURM_ARRAY_TASK_ID=6 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=4", "3/4"},
		{"some of a Slurm array", "auto", 8, "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_COUNT=2", "SLURM_ARRAY_TASK_ID runs 2 tasks, and the plan has 8 shards"},
		{"SGE", "auto", 8, "SGE_TASK_ID=1 SGE_TASK_FIRST=1 SGE_TASK_LAST=8 SGE_TASK_STEPSIZE=1", "0/8"},
		{"SGE alone", "auto", 8, "SGE_TASK_ID=8", "7/8"},
		{"SGE from 0", "auto", 8, "SGE_TASK_ID=0", "SGE_TASK_ID is 0, and counts from 1"},
		{"SGE without an array", "auto", 8, "SGE_TASK_ID=undefined", "no engine says which shard this is"},
		{"GitLab", "auto", 0, "CI_NODE_INDEX=8 CI_NODE_TOTAL=8", "7/8"},
		{"GitLab counted from 0", "auto", 0, "CI_NODE_INDEX=0 CI_NODE_TOTAL=8", "CI_NODE_INDEX is 0, and counts from 1"},
		{"GitLab without parallel", "auto", 8, "CI_NODE_TOTAL=1", "no engine says which shard this is: none of JOB_COMPLETION_INDEX, "},
		{"no number", "auto", 8, "JOB_COMPLETION_INDEX=one", `JOB_COMPLETION_INDEX is "one", which is no number`},
		{"two that agree", "auto", 8, "JOB_COMPLETION_INDEX=2 CI_NODE_INDEX=3 CI_NODE_TOTAL=8", "2/8"},
		{"two that do not", "auto", 8, "JOB_COMPLETION_INDEX=3 CI_NODE_INDEX=3 CI_NODE_TOTAL=8", "JOB_COMPLETION_INDEX says 3/8, and CI_NODE_INDEX says 2/8: say the shard as i/n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			environment := map[string]string{}
			for _, each := range strings.Fields(test.set) {
				name, value, _ := strings.Cut(each, "=")
				environment[name] = value
			}
			s, err := ParseShard(test.text, test.of, func(name string) string { return environment[name] })
			got := s.String()
			if err != nil {
				got = err.Error()
			}
			if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEveryDatasetFallsToOneShard(t *testing.T) {
	counts := make([]int, 8)
	for i := range 8000 {
		id, holders := fmt.Sprintf("id%d", i), 0
		for shard := range counts {
			if (Shard{shard, len(counts)}).Holds(id) {
				counts[shard]++
				holders++
			}
		}
		if holders != 1 {
			t.Fatalf("%s falls to %d shards", id, holders)
		}
	}
	for shard, count := range counts {
		if count < 900 || count > 1100 {
			t.Errorf("shard %d has %d of 8000", shard, count)
		}
	}
}
