package directory

import (
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// Kind is one of the three kinds of storage.
type Kind int

// The kinds, in the order in which the API's documents have them.
const (
	Datasets Kind = iota
	KeyValueStores
	RequestQueues
)

// Kinds are all there are.
func Kinds() []Kind { return []Kind{Datasets, KeyValueStores, RequestQueues} }

type kindNames struct{ path, runPath, folder, label string }

func (k Kind) names() kindNames {
	return [...]kindNames{
		Datasets:       {"datasets", "dataset", "datasets", "dataset"},
		KeyValueStores: {"key-value-stores", "key-value-store", "key_value_stores", "key-value store"},
		RequestQueues:  {"request-queues", "request-queue", "request_queues", "request queue"},
	}[k]
}

// Path is the segment of the API's URLs.
func (k Kind) Path() string { return k.names().path }

// RunPath is the segment behind a run's URL.
func (k Kind) RunPath() string { return k.names().runPath }

// Folder is the name that the SDKs give to the folder of this kind.
func (k Kind) Folder() string { return k.names().folder }

// stateFolder is where we keep what the SDKs' folders have no place for.
func (k Kind) stateFolder() string { return durable.PrivateFolder + "/" + k.Folder() }

func (k Kind) String() string { return k.names().label }

// notFound is the answer for a storage that is not there.
func notFound(k Kind) error {
	title := [...]string{Datasets: "Dataset", KeyValueStores: "Key-value Store", RequestQueues: "Request Queue"}[k] // as the platform has it
	return wire.NewError(http.StatusNotFound, "record-not-found", title+" was not found")
}
