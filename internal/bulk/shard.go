package bulk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of so many workers. It counts from 0.
type Shard struct{ Index, Of int }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// Holds tells that a dataset falls to the shard where there is no plan.
func (s Shard) Holds(id string) bool {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:])%uint64(s.Of) == uint64(s.Index) //nolint:gosec // neither is negative
}

// Auto is the shard that the engine says in variables of the environment.
const Auto = "auto"

// ParseShard reads "i/n" or Auto. of is how many shards there are, where that is
// known already; else 0.
func ParseShard(text string, of int, getenv func(string) string) (Shard, error) {
	var s Shard
	var err error
	if text == Auto {
		s, err = fromEngine(of, getenv)
	} else {
		s, err = parseFraction(text)
	}
	switch {
	case err != nil:
		return s, err
	case of > 0 && s.Of != of:
		return s, fmt.Errorf("%s is one of %d shards, and the plan has %d", s, s.Of, of)
	case s.Of > MaxShards:
		return s, fmt.Errorf("%d shards are more than %d", s.Of, MaxShards)
	}
	return s, nil
}

func parseFraction(text string) (s Shard, err error) {
	index, of, found := strings.Cut(text, "/")
	if found {
		s.Index, err = strconv.Atoi(index)
	}
	if found && err == nil {
		s.Of, err = strconv.Atoi(of)
	}
	switch {
	case !found || err != nil:
		return s, fmt.Errorf("%q is neither %s nor a shard such as 0/8", text, Auto)
	case s.Of < 1 || s.Index < 0 || s.Index >= s.Of:
		return s, fmt.Errorf("shards count from 0: there is no shard %s", text)
	}
	return s, nil
}

// engine is how a scheduler says which of its tasks a process is.
type engine struct {
	index string // the variable
	first string // variable of the first index; "" or unset: base
	step  string // likewise; unset: 1
	count string // of how many tasks there are; "" or unset: unknown
	last  string // of the last index, instead of count
	base  int
}

func engines() []engine {
	return []engine{
		{index: "JOB_COMPLETION_INDEX"}, // Kubernetes
		{index: "CLOUD_RUN_TASK_INDEX", count: "CLOUD_RUN_TASK_COUNT"},
		{index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE"},
		{index: "BATCH_TASK_INDEX", count: "BATCH_TASK_COUNT"}, // Google Batch
		{index: "SLURM_ARRAY_TASK_ID", first: "SLURM_ARRAY_TASK_MIN", step: "SLURM_ARRAY_TASK_STEP", count: "SLURM_ARRAY_TASK_COUNT"},
		{index: "SGE_TASK_ID", first: "SGE_TASK_FIRST", step: "SGE_TASK_STEPSIZE", last: "SGE_TASK_LAST", base: 1},
		{index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", base: 1}, // GitLab
	}
}

// EngineVariables are the variables that Auto reads.
func EngineVariables() []string {
	var names []string
	for _, e := range engines() {
		names = append(names, e.index)
	}
	return names
}

// fromEngine reads what every engine says. Some run inside of another; where they
// say different things, nobody can know which is meant.
func fromEngine(of int, getenv func(string) string) (Shard, error) {
	var found Shard
	var said []string
	for _, e := range engines() {
		s, there, err := e.read(of, getenv)
		if err != nil {
			return s, err
		}
		if !there {
			continue
		}
		if said = append(said, e.index); len(said) > 1 && s != found {
			return s, fmt.Errorf("%s says %s, and %s says %s: say the shard as i/n", said[0], found, e.index, s)
		}
		found = s
	}
	if len(said) == 0 {
		return found, fmt.Errorf("no engine says which shard this is: none of %s is set", strings.Join(EngineVariables(), ", "))
	}
	return found, nil
}

func (e engine) read(of int, getenv func(string) string) (s Shard, there bool, err error) {
	numbers := map[string]int{}
	for _, name := range []string{e.index, e.first, e.step, e.count, e.last} {
		text := getenv(name)
		if name == "" || text == "" || text == "undefined" { // as SGE says of a job that is no array
			continue
		}
		if numbers[name], err = strconv.Atoi(text); err != nil {
			return s, true, fmt.Errorf("%s is %q, which is no number", name, text)
		}
	}
	value, there := numbers[e.index]
	if !there {
		return s, false, nil
	}
	first, step := e.base, 1
	if given, ok := numbers[e.first]; ok {
		first = given
	}
	if given, ok := numbers[e.step]; ok && given > 0 {
		step = given
	}
	if value < first {
		return s, true, fmt.Errorf("%s is %d, and counts from %d", e.index, value, first)
	}
	s = Shard{Index: (value - first) / step, Of: of}
	count, counted := numbers[e.count]
	if last, ok := numbers[e.last]; ok {
		count, counted = (last-first)/step+1, true
	}
	switch {
	case counted && of > 0 && count != of:
		return s, true, fmt.Errorf("%s runs %d tasks, and the plan has %d shards: run as many, or say the shard as i/%d", e.index, count, of, of)
	case counted:
		s.Of = count
	case of == 0:
		return s, true, fmt.Errorf("%s does not tell how many shards there are: say the shard as i/n, or give a plan", e.index)
	}
	if s.Index >= s.Of {
		return s, true, fmt.Errorf("%s is %d, and there are %d shards: the last is %d", e.index, value, s.Of, first+(s.Of-1)*step)
	}
	return s, true, nil
}
