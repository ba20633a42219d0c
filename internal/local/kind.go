package local

import "strings"

// kind is one of the three kinds of storage.
type kind int

const (
	datasets kind = iota
	keyValueStores
	requestQueues
)

func kinds() []kind { return []kind{datasets, keyValueStores, requestQueues} }

type kindNames struct{ path, runPath, folder, label string }

func (k kind) names() kindNames {
	return [...]kindNames{
		datasets:       {"datasets", "dataset", "datasets", "dataset"},
		keyValueStores: {"key-value-stores", "key-value-store", "key_value_stores", "key-value store"},
		requestQueues:  {"request-queues", "request-queue", "request_queues", "request queue"},
	}[k]
}

// path is the segment of the API's URLs.
func (k kind) path() string { return k.names().path }

// runPath is the segment behind a run's URL.
func (k kind) runPath() string { return k.names().runPath }

// folder is the name that the SDKs give to the folder of this kind.
func (k kind) folder() string { return k.names().folder }

// stateFolder is where we keep what the SDKs' folders have no place for.
func (k kind) stateFolder() string { return privateFolder + "/" + k.folder() }

func (k kind) String() string { return k.names().label }

// capitalized begins a sentence, as the API's messages do.
func (k kind) capitalized() string {
	label := k.String()
	return strings.ToUpper(label[:1]) + label[1:]
}
