package copycmd

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/secret"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// end is one end of a copy: a storage, and where it is.
type end struct {
	text      string // as it was given
	place     string // "", "cloud", "local", or a profile
	dir       string // of "local"
	folder    string // of a kind in that directory, where it was given
	reference string
	app.Place
	ref api.Ref // once the kind is known
}

// parseSide reads REF, cloud:REF, local:DIR/REF and PROFILE:REF.
func parseSide(text string) (end, error) {
	s := end{text: secret.Redact(text), reference: text}
	// A pasted address has a colon too, and two slashes behind it.
	if place, rest, found := strings.Cut(text, ":"); found && !strings.HasPrefix(rest, "//") {
		s.place, s.reference = place, rest
		if place == "" {
			return s, failure.Usagef("%q: what is in front of the colon is missing", text)
		}
	}
	if s.place == "local" {
		if err := s.splitDir(); err != nil {
			return s, err
		}
	}
	kinds := transfer.Kinds()
	if slices.ContainsFunc(kinds, s.canBe) {
		return s, nil
	}
	_, err := s.of(kinds[0].Kind)
	return s, err
}

// splitDir takes the directory off the reference. The folder of a kind between
// the two says which kind is meant, so that a path can be completed by the shell.
func (s *end) splitDir() error {
	separators := separatorsOf(s.reference)
	i := strings.LastIndexAny(s.reference, separators)
	if i < 0 {
		return failure.WithHint(failure.Usagef("%q names no storage in a directory", s.text), "local:DIR/REF is wanted, as in local:storage/books")
	}
	s.dir, s.reference = directory(s.reference[:i+1]), s.reference[i+1:]
	before := strings.LastIndexAny(s.dir, separators)
	for _, k := range transfer.Kinds() {
		if s.dir[before+1:] == k.Folder {
			s.folder, s.dir = k.Folder, directory(s.dir[:before+1])
			break
		}
	}
	return nil
}

// separatorsOf are what stands between the folders of a path. One that begins with
// a drive is of Windows; elsewhere a name may hold a backslash.
func separatorsOf(path string) string {
	drive := len(path) > 1 && path[1] == ':' && (path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z')
	if drive || os.PathSeparator == '\\' {
		return `/\`
	}
	return "/"
}

// directory is a path without the separator at its end, unless it is a root.
func directory(path string) string {
	if path == "" {
		return "."
	}
	if short := path[:len(path)-1]; short != "" && short[len(short)-1] != ':' {
		return short
	}
	return path
}

// canBe tells whether the reference can be to a storage of that kind.
func (s end) canBe(k transfer.Kind) bool {
	_, err := s.of(k.Kind)
	return err == nil && (s.folder == "" || s.folder == k.Folder)
}

// of is the side when the kind is known.
func (s end) of(k api.Kind) (end, error) {
	parse := api.ParseRef
	if s.place == "local" {
		parse = api.ParseLocalRef
	}
	var err error
	s.ref, err = parse(k, s.reference)
	return s, err
}

// connect opens the account or the directory. A directory that is written to
// need not exist.
func (s *end) connect(a *app.App, write bool) (err error) {
	switch {
	case s.place == "local":
		s.Place, err = a.Directory(s.dir, write)
	case s.place == "cloud":
		s.Place, err = a.Account("", write)
	case s.place != "":
		if s.Place, err = a.Account(s.place, write); err != nil {
			err = fmt.Errorf("%q: %w", s.text, err)
		}
	default:
		s.Place, err = a.Default(write)
	}
	return err
}

// side is the end of a copy that it is.
func (s end) side() transfer.Side {
	return transfer.Side{Text: s.text, Client: s.Client, Where: s.Where, Local: s.Local, Ref: s.ref, Recover: s.Recover}
}
