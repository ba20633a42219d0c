package copycmd

import (
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// side is one end of a copy: a storage, and where it is.
type side struct {
	text   string // as it was given
	place  string // "", "cloud", "local", or a profile
	dir    string // of "local"
	ref    api.Ref
	client *api.Client
}

// parseSide reads REF, cloud:REF, local:DIR/REF and PROFILE:REF.
func parseSide(text string) (side, error) {
	s := side{text: text}
	reference := text
	// A pasted address has a colon too, and two slashes behind it.
	if place, rest, found := strings.Cut(text, ":"); found && !strings.HasPrefix(rest, "//") {
		s.place, reference = place, rest
		if place == "" {
			return s, app.Usagef("%q: what is in front of the colon is missing", text)
		}
	}
	if s.place == "local" {
		i := strings.LastIndexAny(reference, `/`)
		if i < 0 {
			return s, app.WithHint(app.Usagef("%q names no storage in a directory", text), "local:DIR/REF is wanted, as in local:storage/books")
		}
		s.dir, reference = reference[:i], reference[i+1:]
		if s.dir == "" {
			s.dir = "/"
		}
	}
	var err error
	s.ref, err = api.ParseRef(api.KindDataset, reference)
	return s, err
}

// connect opens the account or the directory. A directory that is written to
// need not exist.
func (s *side) connect(a *app.App, write bool) (err error) {
	switch {
	case s.place == "local":
		s.client, err = a.ClientOfDir(s.dir, write)
	case s.place == "cloud":
		s.client, err = a.ClientOfProfile("", write)
	case s.place != "":
		s.client, err = a.ClientOfProfile(s.place, write)
	case write:
		s.client, err = a.ClientForCreate()
	default:
		s.client, err = a.Client()
	}
	return err
}

// name is the name that a missing destination is made with; "" where the
// reference is to no storage of the account's own.
func (s side) name() string {
	name := strings.TrimPrefix(s.ref.String(), "~")
	if api.ValidName(name) != nil {
		return ""
	}
	return name
}
