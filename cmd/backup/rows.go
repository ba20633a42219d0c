package backupcmd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/backup"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// row is a storage, and what is done with it or what differs.
type row struct {
	Kind    string  `json:"kind"`
	ID      string  `json:"id"`
	Name    *string `json:"name"`
	Action  string  `json:"action,omitempty"`
	Copied  *int64  `json:"copied,omitempty"`
	Problem string  `json:"problem,omitempty"`
}

func rowOf(kind api.Kind, facts *api.Storage) row {
	r := row{Kind: kind.String(), ID: facts.ID}
	if facts.Name != "" {
		r.Name = &facts.Name
	}
	return r
}

func rows(steps []*backup.Step) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, step := range steps {
			r := rowOf(step.Kind.Kind, step.Facts)
			r.Action = string(step.Action)
			if step.Copied > 0 {
				r.Copied = &step.Copied
			}
			if step.Err != nil {
				r.Problem = failure.Text(step.Err)
			}
			if !yield(app.JSON(r)) {
				return
			}
		}
	}
}

func differences(differ []backup.Difference) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, each := range differ {
			r := rowOf(each.Kind.Kind, each.Facts)
			r.Problem = each.What
			if !yield(app.JSON(r)) {
				return
			}
		}
	}
}

// count is how many storages there is an action for, or with "" any that leaves
// them there, and that went well.
func count(steps []*backup.Step, action backup.Action) (n int64) {
	for _, step := range steps {
		if step.Err == nil && (step.Action == action || action == "" && step.Action != backup.Delete) {
			n++
		}
	}
	return n
}

// summary says what became of the storages.
func summary(steps []*backup.Step) string {
	var copied int64
	for _, step := range steps {
		copied += step.Copied
	}
	var parts []string
	for _, each := range []struct {
		action backup.Action
		word   string
	}{{backup.New, "new"}, {backup.Update, "looked at"}, {backup.Unchanged, "unchanged"}, {backup.Delete, "deleted"}} {
		if n := count(steps, each.action); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", output.Count(n), each.word))
		}
	}
	parts = append(parts, output.Count(copied)+" copied")
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}
