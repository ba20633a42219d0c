package api

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
)

// maxSegment bounds what is taken for an ID or a name. The server has its own,
// tighter rules.
const maxSegment = 200

// maxFolder is the limit of the common file systems for a name, in bytes.
const maxFolder = 255

// Ref says which storage is meant. It is an immutable value, safe for
// concurrent use, and it never holds a token or a signature.
type Ref struct {
	kind Kind
	text string
	// paths are where the storage may be, below /v2 and escaped: one, or two
	// where the text may be an ID or a name.
	paths []string
	// query goes along with each request: the status that a run must have.
	query url.Values
	// host is that of the URL that was given; "" for none.
	host string
	// settled is the index in paths that turned out right, plus 1.
	settled *atomic.Int32
}

// RefError is text that refers to no storage.
type RefError struct {
	Kind   Kind
	Text   string // without token and signature
	Reason string
}

func (e *RefError) Error() string {
	return fmt.Sprintf("%q is not a reference to %s: %s", shorten(e.Text, maxSegment), e.Kind.article(), e.Reason)
}

// String is what the user typed; of a URL without query and fragment.
func (r Ref) String() string { return r.text }

// ParseRef reads an ID, name, ~name, username~name, username/name, or a URL of
// the Console or the API. What a URL says behind the storage (items, a query) is
// ignored, but for the status that a last run must have. 17 letters and digits
// are taken as an ID and, when that is not found, as a name. Names with
// characters that the cloud does not allow are accepted, as local storages have
// them. The error is a *RefError.
func ParseRef(kind Kind, text string) (Ref, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Ref{}, &RefError{Kind: kind, Text: text, Reason: "it is empty"}
	case strings.Contains(text, "://"):
		return parseURL(kind, text)
	case strings.HasPrefix(text, "console.apify.com/"), strings.HasPrefix(text, "api.apify.com/"):
		return parseURL(kind, "https://"+text)
	}
	segments, reason := storageSegments(text)
	if reason != "" {
		return Ref{}, &RefError{Kind: kind, Text: redactURLText(text), Reason: reason}
	}
	return newRef(kind, text, below(kind.Path(), segments)...), nil
}

// ParseLocalRef reads what ParseRef reads and, as a directory may have them, the
// names of folders that the cloud would not take.
func ParseLocalRef(kind Kind, text string) (Ref, error) {
	ref, err := ParseRef(kind, text)
	name := strings.TrimPrefix(text, "~")
	if err == nil || name == "" || name == "." || name == ".." || len(name) > maxFolder || strings.Contains(name, "/") {
		return ref, err
	}
	return newRef(kind, text, "/"+kind.Path()+"/~"+url.PathEscape(name)), nil
}

// RunRef is the default storage of a run.
func RunRef(kind Kind, runID string) (Ref, error) {
	runID = strings.TrimSpace(runID)
	if reason := badSegment(runID); reason != "" {
		return Ref{}, &RefError{Kind: kind, Text: redactURLText(runID), Reason: "as the ID of a run " + reason}
	}
	return newRef(kind, "run "+runID, "/actor-runs/"+url.PathEscape(runID)+"/"+kind.RunPath()), nil
}

// LastRunRef is the default storage of an Actor's last run. The Actor is an ID,
// username~name or username/name.
func LastRunRef(kind Kind, actor string) (Ref, error) {
	actor = strings.TrimSpace(actor)
	segment, reason := ownedSegment(actor)
	if reason != "" {
		return Ref{}, &RefError{Kind: kind, Text: redactURLText(actor), Reason: "as an Actor " + reason}
	}
	return newRef(kind, "last run of "+actor, lastRunPath("acts", segment, kind)), nil
}

func lastRunPath(owner, segment string, kind Kind) string {
	return "/" + owner + "/" + segment + "/runs/last/" + kind.RunPath()
}

func newRef(kind Kind, text string, paths ...string) Ref {
	return Ref{kind: kind, text: text, paths: paths, settled: new(atomic.Int32)}
}

func below(collection string, segments []string) []string {
	paths := make([]string, len(segments))
	for i, segment := range segments {
		paths[i] = "/" + collection + "/" + segment
	}
	return paths
}

// storageSegments returns the path segments, escaped, that text may stand for.
// Text without a separator is only ever an ID to the API; a name needs the ~.
func storageSegments(text string) (segments []string, reason string) {
	segment, reason := ownedSegment(text)
	switch {
	case reason != "":
		return nil, reason
	case strings.Contains(segment, "~"):
		return []string{segment}, ""
	case LooksLikeID(segment):
		return []string{segment, "~" + segment}, ""
	}
	return []string{"~" + segment}, ""
}

// ownedSegment reads an ID, ~name, owner~name or owner/name as one path segment.
func ownedSegment(text string) (segment, reason string) {
	i := strings.IndexAny(text, "~/")
	if i < 0 {
		return url.PathEscape(text), badSegment(text)
	}
	owner, name := text[:i], text[i+1:]
	if strings.ContainsAny(name, "~/") {
		return "", "it has more than one ~ or /"
	}
	if owner == "" && text[i] == '/' {
		return "", "it starts with a slash"
	}
	if owner != "" {
		if reason := badSegment(owner); reason != "" {
			return "", "the account in front of the " + text[i:i+1] + ": " + reason
		}
	}
	return url.PathEscape(owner) + "~" + url.PathEscape(name), badSegment(name)
}

// badSegment says why text is neither an ID nor a name; "" if it may be one.
func badSegment(text string) string {
	switch {
	case text == "":
		return "a name or an ID is missing"
	case len(text) > maxSegment:
		return fmt.Sprintf("it is longer than %d characters", maxSegment)
	case text == "." || text == "..":
		return "dots alone are not a name"
	case strings.ContainsFunc(text, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune("-_.", r) }):
		return "only letters, digits, hyphens, underscores and dots are allowed"
	}
	return ""
}

// resolve calls with the storage's path. Where the reference may be an ID or a
// name, a 404 for the ID leads to the name, and the first good answer decides
// for all later calls. A 404 means that nothing was done, so this suits writes too.
func resolve[T any](client *Client, ref Ref, kind Kind, call func(path string) (T, error)) (T, error) {
	var none T
	if len(ref.paths) == 0 {
		return none, &RefError{Kind: kind, Text: ref.text, Reason: "it is empty"}
	}
	if ref.kind != kind {
		return none, &RefError{Kind: kind, Text: ref.text, Reason: "it refers to " + ref.kind.article()}
	}
	if !client.serves(ref.host) {
		return none, &RefError{Kind: kind, Text: ref.text, Reason: "it is on another server than the API that is worked with, " + client.base.Host}
	}
	if n := ref.settled.Load(); n > 0 {
		return call(ref.paths[n-1])
	}
	result, err := call(ref.paths[0])
	if err == nil {
		ref.settled.Store(1)
	}
	if len(ref.paths) == 1 || !IsNotFound(err) || errors.Is(err, ErrOutcomeUnknown) {
		return result, err
	}
	byName, nameErr := call(ref.paths[1])
	if nameErr == nil {
		ref.settled.Store(2)
		return byName, nil
	}
	// A refusal of the guess says less than that the ID does not exist.
	if e, ok := errors.AsType[*Error](nameErr); ok && e.Status >= 400 && e.Status < 429 && !errors.Is(nameErr, ErrOutcomeUnknown) {
		return result, err
	}
	return byName, nameErr
}

// StorageRef is a storage that the API described: its ID, whatever that looks
// like, and the name to call it by.
func StorageRef(kind Kind, storage *Storage) Ref {
	text := storage.ID
	if storage.Name != "" {
		text = storage.Name
	}
	return newRef(kind, text, "/"+kind.Path()+"/"+url.PathEscape(storage.ID))
}
