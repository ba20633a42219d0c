package bulk

import (
	"fmt"
	"strings"
)

func parallel(w Work) string {
	return fmt.Sprintf(`#!/usr/bin/env bash
# Job %s: %d shards, with GNU parallel. JOBS is how many run at once, MAX_RATE
# how many requests a second each of them may send.
%sset -uo pipefail
plan=%s
to=%s
worker() {
	apifyctl datasets export --plan "$plan" --shard "$1/%d" -o "$to" --max-rate "${MAX_RATE:-0}" --no-progress && return
	local code=$?
	if ((code == 2 || code == 4)); then
		echo "shard $1 ended with $code, which another try would not change" >&2
		return 0 # commit tells what is missing
	fi
	return "$code"
}
export -f worker
export plan to
seq 0 %d | SHELL=$BASH parallel --jobs "${JOBS:-8}" --retries 4 worker
apifyctl commit --plan "$plan"
`, w.Job[:12], w.Shards, exitCodes, shell(w.Plan), shell(w.To), w.Shards, w.Shards-1)
}

func slurm(w Work) string {
	return fmt.Sprintf(`#!/usr/bin/env bash
# Job %s: %d shards, an array of Slurm. The folder is one that all nodes see.
#
#   job=$(sbatch --parsable this-file)
#   sbatch --dependency="afterany:$job" --wrap %s
#
%s#SBATCH --job-name=apifyctl-%s
#SBATCH --array=0-%d
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=512M
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
apifyctl datasets export --plan %s --shard auto -o %s --max-rate "${MAX_RATE:-0}" --no-progress
code=$?
if ((code != 0 && code != 2 && code != 4)) && ((${SLURM_RESTART_COUNT:-0} < 4)); then
	scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" && exit 0
fi
exit "$code"
`, w.Job[:12], w.Shards, shell("apifyctl commit --plan "+shell(w.Plan)), exitCodes, w.Job[:12], w.Shards-1, shell(w.Plan), shell(w.To))
}

func gitHubActions(w Work) string {
	shards := make([]string, w.Shards)
	for i := range shards {
		shards[i] = fmt.Sprint(i)
	}
	const setup = "      - uses: apifyctl/apifyctl/.github/actions/setup-apifyctl@main\n"
	// What looks like an expression in a path is none.
	value := func(text string) string { return yaml(strings.ReplaceAll(text, "${{", "${{ '${{' }}")) }
	return fmt.Sprintf(`# Job %s: %d shards, a matrix of GitHub Actions. Secrets: APIFY_TOKEN, and what
# the store needs, here that of AWS.
%sname: export
on: workflow_dispatch
env:
  PLAN: %s
  TO: %s
  APIFY_TOKEN: ${{ secrets.APIFY_TOKEN }}
  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
  AWS_REGION: ${{ vars.AWS_REGION }}
permissions: {contents: read}
jobs:
  export:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        shard: [%s]
    steps:
%s      - shell: bash
        env:
          SHARD: ${{ matrix.shard }}
        run: |
          for try in 1 2 3 4; do
            code=0
            apifyctl datasets export --plan "$PLAN" --shard "$SHARD/%d" -o "$TO" --no-progress || code=$?
            if ((code == 0 || code == 2 || code == 4)); then exit "$code"; fi
            sleep $((30 * try))
          done
          exit "$code"
  commit:
    needs: export
    if: always()
    runs-on: ubuntu-latest
    steps:
%s      - shell: bash
        run: apifyctl commit --plan "$PLAN"
`, w.Job[:12], w.Shards, exitCodes, value(w.Plan), value(w.To), strings.Join(shards, ", "), setup, w.Shards, setup)
}
