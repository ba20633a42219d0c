package transfer

import (
	"context"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
)

// Kind is a kind of storage, and how it is copied.
type Kind struct {
	api.Kind
	carrier
	Name      string // of the command, and of --kind
	Folder    string // in a storage directory
	One, Many string // what it holds
}

// Kinds are all there are.
func Kinds() []Kind {
	return []Kind{
		{api.KindDataset, datasets{}, "datasets", "datasets", "item", "items"},
		{api.KindKeyValueStore, stores{}, "kvs", "key_value_stores", "record", "records"},
		{api.KindRequestQueue, queues{}, "queues", "request_queues", "request", "requests"},
	}
}

// KindNames are what --kind takes.
func KindNames() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// KindOf is how a kind is copied.
func KindOf(kind api.Kind) Kind {
	kinds := Kinds()
	return kinds[slices.IndexFunc(kinds, func(k Kind) bool { return k.Kind == kind })]
}

// Called tells whether text is one of the names that commands, paths of the API
// and people have for the kind.
func (k Kind) Called(text string) bool {
	text = strings.ToLower(text)
	return slices.Contains([]string{k.Name, strings.TrimSuffix(k.Name, "s"), k.Path(), k.RunPath(), k.Folder}, text)
}

// Find looks the storage of a side up. What is not there is an error of the API.
func (k Kind) Find(ctx context.Context, s Side) error {
	_, err := k.find(ctx, s)
	return err
}
