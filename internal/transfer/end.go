package transfer

import (
	"os"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/secret"
)

// End is one end of a copy as a person gives it: a storage, and where it is.
type End struct {
	Text      string  // as it was given, without a secret
	Place     string  // "", "cloud", "local", or a profile
	Dir       string  // of "local"
	Ref       api.Ref // once the kind is known
	folder    string  // of a kind in that directory, where it was given
	reference string
}

// ParseEnd reads REF, cloud:REF, local:DIR/REF and PROFILE:REF.
func ParseEnd(text string) (End, error) {
	e := End{Text: secret.Redact(text), reference: text}
	// A pasted address has a colon too, and two slashes behind it.
	if place, rest, found := strings.Cut(text, ":"); found && !strings.HasPrefix(rest, "//") {
		e.Place, e.reference = place, rest
		if place == "" {
			return e, failure.Usagef("%q: what is in front of the colon is missing", text)
		}
	}
	if e.Place == "local" {
		if err := e.splitDir(); err != nil {
			return e, err
		}
	}
	kinds := Kinds()
	if slices.ContainsFunc(kinds, e.canBe) {
		return e, nil
	}
	_, err := e.Of(kinds[0].Kind)
	return e, err
}

// splitDir takes the directory off the reference. The folder of a kind between
// the two says which kind is meant, so that a path can be completed by the shell.
func (e *End) splitDir() error {
	separators := separatorsOf(e.reference)
	i := strings.LastIndexAny(e.reference, separators)
	if i < 0 {
		return failure.WithHint(failure.Usagef("%q names no storage in a directory", e.Text), "local:DIR/REF is wanted, as in local:storage/books")
	}
	e.Dir, e.reference = directory(e.reference[:i+1]), e.reference[i+1:]
	before := strings.LastIndexAny(e.Dir, separators)
	for _, k := range Kinds() {
		if e.Dir[before+1:] == k.Folder {
			e.folder, e.Dir = k.Folder, directory(e.Dir[:before+1])
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
func (e End) canBe(k Kind) bool {
	_, err := e.Of(k.Kind)
	return err == nil && (e.folder == "" || e.folder == k.Folder)
}

// Of is the end when the kind is known.
func (e End) Of(k api.Kind) (End, error) {
	parse := api.ParseRef
	if e.Place == "local" {
		parse = api.ParseLocalRef
	}
	var err error
	e.Ref, err = parse(k, e.reference)
	return e, err
}
