package keep

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
)

// step is one storage and the name that it gets.
type step struct {
	*candidate
	name string
	err  error
}

// byTemplate names all candidates. A name that is taken gets a number, or is an
// error with strict.
func byTemplate(all *inventory, t template, strict bool) ([]step, error) {
	steps := make([]step, len(all.candidates))
	for i, one := range all.candidates {
		steps[i] = step{candidate: one, name: t.name(one)}
	}
	return steps, all.settle(steps, strict)
}

// settle gives each step a name of its own.
func (all *inventory) settle(steps []step, strict bool) error {
	for i := range steps {
		given := free(all.taken, steps[i].Kind, steps[i].name)
		if strict && given != steps[i].name {
			return failure.WithHint(fmt.Errorf("%s %s: the name %q is taken", steps[i].Kind, steps[i].Facts.ID, steps[i].name),
				"nothing was named; without --strict it gets a number")
		}
		steps[i].name = given
		all.taken[nameOf(steps[i].Kind, given)] = true
	}
	return nil
}

// wish is a line of the file of --from.
type wish struct {
	id, name string
}

// readWishes reads a CSV file with the columns id and name, with or without a
// line that says so. All of it is checked before any request.
func readWishes(path string, stdin io.Reader, o input.Options) ([]wish, error) {
	source := stdin
	if path != input.Stdin {
		file, err := input.Open(path, nil)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // nothing was written
		source = file
	}
	var wishes []wish
	seen := map[string]bool{}
	for record, err := range input.Records(source, o) {
		if err != nil {
			return nil, storage.ReadFailed(fmt.Errorf("%s: %w", path, err))
		}
		if len(record.Cells) != 2 {
			return nil, failure.Usagef("%s:%d: there are %d cells, not an ID and a name", path, record.Line, len(record.Cells))
		}
		one := wish{strings.TrimSpace(record.Cells[0]), strings.TrimSpace(record.Cells[1])}
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

// byWishes names the candidates that the file has. An ID that is no unnamed
// storage of the account is an error, before anything is named.
func byWishes(all *inventory, wishes []wish, strict bool) ([]step, error) {
	known := make(map[string]*candidate, len(all.candidates))
	for _, one := range all.candidates {
		known[one.Facts.ID] = one
	}
	var steps []step
	for _, wish := range wishes {
		one := known[wish.id]
		if one == nil {
			return nil, failure.WithHint(failure.Usagef("%q is none of the unnamed storages that were asked for", wish.id), "nothing was named")
		}
		steps = append(steps, step{candidate: one, name: wish.name})
	}
	return steps, all.settle(steps, strict)
}

// rows print what is, or was, planned.
func rows(printer *app.Printer, steps []step) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, step := range steps {
			if step.err != nil {
				continue
			}
			row, err := step.row(printer)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

type keptRow struct {
	Kind     string  `json:"kind"`
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	ExpireAt *string `json:"expireAt"`
	Computed bool    `json:"expireAtComputed"`
	ActID    string  `json:"actId,omitempty"`
	ActRunID string  `json:"actRunId,omitempty"`
}

func (s step) row(printer *app.Printer) (json.RawMessage, error) {
	if printer.ForPeople() {
		return app.TableRow([]app.Cell{
			{Name: "kind", Value: s.Kind.String()},
			{Name: "id", Value: s.Facts.ID},
			{Name: "size", Value: s.Size},
			{Name: "expires", Value: s.expiry()},
			{Name: "name", Value: s.name},
		}), nil
	}
	var expires *string
	if !s.expires.IsZero() {
		expires = new(api.FormatTime(s.expires))
	}
	return json.Marshal(keptRow{s.Kind.RunPath(), s.Facts.ID, s.name, expires, s.computed, s.Facts.ActID, s.Facts.ActRunID})
}

// expiry is when it will be gone, for people; ~ marks a computed time.
func (c *candidate) expiry() string {
	switch {
	case c.expires.IsZero():
		return "-"
	case c.computed:
		return "~" + output.RelativeTime(c.expires, time.Now())
	}
	return output.RelativeTime(c.expires, time.Now())
}
