package api

import "strconv"

// Kind is a kind of storage.
type Kind int

const (
	KindDataset Kind = iota
	KindKeyValueStore
	KindRequestQueue
)

// kinds is in the order of the constants.
var kinds = [...]struct{ path, runPath, text string }{
	{"datasets", "dataset", "dataset"},
	{"key-value-stores", "key-value-store", "key-value store"},
	{"request-queues", "request-queue", "request queue"},
}

// Path is the segment of API and Console URLs, like "key-value-stores".
func (k Kind) Path() string { return kinds[k].path }

// RunPath is the segment below a run, like "key-value-store".
func (k Kind) RunPath() string { return kinds[k].runPath }

// String is the kind as a sentence names it, like "key-value store".
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return "kind " + strconv.Itoa(int(k))
	}
	return kinds[k].text
}

// article is the kind with its article: "a dataset".
func (k Kind) article() string { return "a " + k.String() }

// kindOf finds the kind whose path or run path is segment.
func kindOf(segment string) (Kind, bool) {
	for i, k := range kinds {
		if segment == k.path || segment == k.runPath {
			return Kind(i), true
		}
	}
	return 0, false
}
