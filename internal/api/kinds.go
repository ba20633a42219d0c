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

// words are the path, the path below a run, and the name in a sentence.
func (k Kind) words() (path, runPath, text string) {
	switch k {
	case KindDataset:
		return "datasets", "dataset", "dataset"
	case KindKeyValueStore:
		return "key-value-stores", "key-value-store", "key-value store"
	case KindRequestQueue:
		return "request-queues", "request-queue", "request queue"
	}
	text = "kind " + strconv.Itoa(int(k))
	return text, text, text
}

// Path is the segment of API and Console URLs, like "key-value-stores".
func (k Kind) Path() string {
	path, _, _ := k.words()
	return path
}

// RunPath is the segment below a run, like "key-value-store".
func (k Kind) RunPath() string {
	_, runPath, _ := k.words()
	return runPath
}

// String is the kind as a sentence names it, like "key-value store".
func (k Kind) String() string {
	_, _, text := k.words()
	return text
}

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
