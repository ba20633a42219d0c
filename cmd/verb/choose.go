package verb

import (
	"context"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/choose"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// offers are a person's to choose from: at most so many, the newest first.
const offers = 1000

// left tells that the storage was left out where there is a person who can choose
// one from a list.
func (b *built) left(args []string) bool {
	switch {
	case b.Kind.Offers == nil || b.refs.given():
		return false
	case b.Takes == One && (b.Rest.Least > 0 || b.Make != nil || len(args) > 0),
		b.Takes == Many && (len(args) != b.ahead() || b.scope.Selection.Given()),
		b.Takes == None, b.Takes == Selected:
		return false
	}
	_, terminal := b.scope.App.Streams.Screen()
	return terminal
}

// choose has a person choose the storage, and returns its ID.
func (b *built) choose(ctx context.Context) (string, error) {
	s := b.scope
	client, err := s.App.Client()
	if err != nil {
		return "", err
	}
	entries, more, err := b.entries(ctx, client)
	if err != nil {
		return "", fmt.Errorf("%ss: %w", b.Kind, err)
	}
	if len(entries) == 0 {
		return "", failure.Usagef("which %s? There is none to choose from", b.Kind)
	}
	title := fmt.Sprintf("Choose a %s", b.Kind)
	if more {
		title = fmt.Sprintf("Choose one of the newest %ss", b.Kind)
	}
	screen, _ := s.App.Streams.Screen()
	chosen, err := choose.One(ctx, screen, s.App.Streams.ErrColor, title, entries)
	return chosen.ID, err
}

func (b *built) entries(ctx context.Context, client *api.Client) (entries []choose.Entry, more bool, err error) {
	err = b.Kind.Offers(ctx, client, func(o Offer) bool {
		if more = len(entries) == offers; more {
			return false
		}
		name := o.Name
		if name == "" {
			name = "-"
		}
		entries = append(entries, choose.Entry{ID: o.ID, Cells: []string{name, o.ID, o.Facts}})
		return true
	})
	return entries, more, err
}
