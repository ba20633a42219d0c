package bulk

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Work is what an engine has to run.
type Work struct {
	Job     string
	Shards  int
	Plan    string // its path or address
	To      string // the --output of workers
	Version string // of the program
}

// script is what an engine needs.
type script struct {
	name   string
	remote bool // its machines share no folder
	most   int  // shards that it takes
	write  func(Work) string
}

func scripts() []script {
	return []script{
		{"kubernetes", false, MaxShards, kubernetes},
		{"slurm", false, MaxShards, slurm},
		{"parallel", false, MaxShards, parallel},
		{"github-actions", true, 256, gitHubActions},
	}
}

// Engines are the engines that something can be printed for.
func Engines() []string {
	var names []string
	for _, s := range scripts() {
		names = append(names, s.name)
	}
	return names
}

// CheckEngine tells whether an engine is known, and reaches the plan and the files.
func CheckEngine(name, plan, to string) error {
	i := slices.Index(Engines(), name)
	switch {
	case i < 0:
		return failure.Usagef("--print is one of %s, not %q", strings.Join(Engines(), ", "), name)
	case strings.ContainsAny(plan+to, "\x00\r\n"):
		return failure.Usagef("a path holds a line break or a NUL")
	case scripts()[i].remote && (!object.Is(plan) || !object.Is(to)):
		return failure.Usagef("--print %s: its machines share no folder; the plan and the files have to be in a store (s3://, gs://, az://)", name)
	}
	return nil
}

// Script is what an engine needs to do the work.
func Script(name string, w Work) ([]byte, error) {
	s := scripts()[slices.Index(Engines(), name)]
	if w.Shards > s.most {
		return nil, failure.Usagef("--print %s: it runs %d tasks at most, and the plan has %d shards", name, s.most, w.Shards)
	}
	return []byte(s.write(w)), nil
}

// shell quotes a word for a POSIX shell.
func shell(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,+@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// yaml quotes text: what JSON is, YAML is, too.
func yaml(text string) string {
	quoted, _ := json.Marshal(text) // no text is refused
	return string(quoted)
}

// exitCodes explains what the scripts rest on.
const exitCodes = `# Exit code 5 is worth another try: what is done has a receipt, and is not done
# again. 2 and 4 are not: the plan does not fit any more, or the token, or the
# store, does not allow it.
`
