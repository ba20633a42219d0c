package keep

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Step is one storage and the name that it gets.
type Step struct {
	*Candidate
	Name string
	Err  error // of giving it the name
}

// ByTemplate names all candidates. A name that is taken gets a number, or is an
// error with strict.
func (all *Inventory) ByTemplate(t Template, strict bool) ([]Step, error) {
	steps := make([]Step, len(all.Candidates))
	for i, one := range all.Candidates {
		steps[i] = Step{Candidate: one, Name: t.name(one)}
	}
	return steps, all.settle(steps, strict)
}

// settle gives each step a name of its own.
func (all *Inventory) settle(steps []Step, strict bool) error {
	for i := range steps {
		given := free(all.taken, steps[i].Kind, steps[i].Name)
		if strict && given != steps[i].Name {
			return failure.WithHint(fmt.Errorf("%s %s: the name %q is taken", steps[i].Kind, steps[i].Facts.ID, steps[i].Name),
				"nothing was named; without --strict it gets a number")
		}
		steps[i].Name = given
		all.taken[nameOf(steps[i].Kind, given)] = true
	}
	return nil
}

// Wish is a line of the file of --from.
type Wish struct {
	id, name string
}

// ReadWishes reads a CSV file with the columns id and name, with or without a
// line that says so. All of it is checked before any request.
func ReadWishes(path string, stdin io.Reader, o input.Options) ([]Wish, error) {
	source := stdin
	if path != input.Stdin {
		file, err := input.Open(path, nil)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // nothing was written
		source = file
	}
	var wishes []Wish
	seen := map[string]bool{}
	for record, err := range input.Records(source, o) {
		if err != nil {
			return nil, transfer.ReadFailed(fmt.Errorf("%s: %w", path, err))
		}
		if len(record.Cells) != 2 {
			return nil, failure.Usagef("%s:%d: there are %d cells, not an ID and a name", path, record.Line, len(record.Cells))
		}
		one := Wish{strings.TrimSpace(record.Cells[0]), strings.TrimSpace(record.Cells[1])}
		if len(wishes) == 0 && strings.EqualFold(one.id, "id") && strings.EqualFold(one.name, "name") {
			continue
		}
		if err := api.ValidName(one.name); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, record.Line, err)
		}
		if one.id == "" || seen[one.id] {
			return nil, failure.Usagef("%s:%d: the ID %q is empty or comes twice", path, record.Line, one.id)
		}
		seen[one.id] = true
		wishes = append(wishes, one)
	}
	if len(wishes) == 0 {
		return nil, failure.Usagef("%s names no storage", path)
	}
	return wishes, nil
}

// ByWishes names the candidates that the file has. An ID that is no unnamed
// storage of the account is an error, before anything is named.
func (all *Inventory) ByWishes(wishes []Wish, strict bool) ([]Step, error) {
	known := make(map[string]*Candidate, len(all.Candidates))
	for _, one := range all.Candidates {
		known[one.Facts.ID] = one
	}
	var steps []Step
	for _, wish := range wishes {
		one := known[wish.id]
		if one == nil {
			return nil, failure.WithHint(failure.Usagef("%q is none of the unnamed storages that were asked for", wish.id), "nothing was named")
		}
		steps = append(steps, Step{Candidate: one, Name: wish.name})
	}
	return steps, all.settle(steps, strict)
}

// Expiry is when it will be gone, for people; ~ marks a computed time.
func (c *Candidate) Expiry() string {
	switch {
	case c.Expires.IsZero():
		return "-"
	case c.Computed:
		return "~" + output.RelativeTime(c.Expires, time.Now())
	}
	return output.RelativeTime(c.Expires, time.Now())
}

// Apply names the storages, several at a time; each step keeps its error.
func Apply(ctx context.Context, steps []Step) {
	transfer.Each(len(steps), transfer.AtOnce, func(i int) {
		if steps[i].Err = ctx.Err(); steps[i].Err == nil {
			steps[i].Err = steps[i].Rename(ctx, steps[i].Name)
		}
	})
}
