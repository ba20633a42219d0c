package api

import "strconv"

// Kind is a kind of storage.
type Kind int

// The kinds of storages, in the order in which they are named everywhere.
const (
	KindDataset Kind = iota
	KindKeyValueStore
	KindRequestQueue
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{KindDataset, KindKeyValueStore, KindRequestQueue} }

// kindWords are the path, the path below a run, that of what a storage holds, and the
// name in a sentence.
type kindWords struct{ path, runPath, contents, text string }

func (k Kind) words() kindWords {
	switch k {
	case KindDataset:
		return kindWords{"datasets", "dataset", "items", "dataset"}
	case KindKeyValueStore:
		return kindWords{"key-value-stores", "key-value-store", "keys", "key-value store"}
	case KindRequestQueue:
		return kindWords{"request-queues", "request-queue", "requests", "request queue"}
	}
	text := "kind " + strconv.Itoa(int(k))
	return kindWords{text, text, text, text}
}

// Path is the segment of API and Console URLs, like "key-value-stores".
func (k Kind) Path() string { return k.words().path }

// RunPath is the segment below a run, like "key-value-store".
func (k Kind) RunPath() string { return k.words().runPath }

// Contents is the path, below the URL of a storage, of what it holds, like "/keys".
func (k Kind) Contents() string { return "/" + k.words().contents }

// String is the kind as a sentence names it, like "key-value store".
func (k Kind) String() string { return k.words().text }

// article is the kind with its article: "a dataset".
func (k Kind) article() string { return "a " + k.String() }

// kindOf finds the kind whose path or run path is segment.
func kindOf(segment string) (Kind, bool) {
	for _, kind := range Kinds() {
		if segment == kind.Path() || segment == kind.RunPath() {
			return kind, true
		}
	}
	return 0, false
}
