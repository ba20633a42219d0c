package local

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// usage is how often a storage was asked for something since the handler was
// opened. The directory keeps no such figures, and SDKs that work on it do not
// tell.
type usage struct {
	Reads     int64  `json:"readCount"`
	Writes    int64  `json:"writeCount"`
	Deletes   int64  `json:"deleteCount"`
	Lists     *int64 `json:"listCount,omitempty"`         // of stores: pages of keys
	HeadReads *int64 `json:"headItemReadCount,omitempty"` // of queues
	Bytes     *int64 `json:"storageBytes,omitempty"`      // of single datasets
}

func newUsage(k kind) usage {
	switch k {
	case keyValueStores:
		return usage{Lists: new(int64)}
	case requestQueues:
		return usage{HeadReads: new(int64)}
	}
	return usage{}
}

func (u *usage) count(method, suffix string) {
	switch {
	case suffix == "/keys":
		*u.Lists++
	case suffix == "/head", suffix == "/head/lock":
		*u.HeadReads++
	case method == http.MethodGet:
		u.Reads++
	case method == http.MethodDelete:
		u.Deletes++
	default:
		u.Writes++
	}
}

// usages are kept by what requests call storages: by ID and by name apart, so
// that counting need not look anything up.
type usages struct {
	mutex sync.Mutex
	byRef map[reference]*usage
}

// key is a reference as usages has it.
func (r reference) key() reference {
	return reference{kind: r.kind, name: strings.ToLower(r.name + r.id)}
}

// maxUsages bounds memory. Who has more storages than that gets the figures of
// the ones asked for lately.
const maxUsages = 10_000

// count notes a request that succeeded.
func (u *usages) count(ref reference, method, suffix string) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if suffix == "" && method == http.MethodDelete {
		delete(u.byRef, ref.key())
		return
	}
	counted := u.byRef[ref.key()]
	if counted == nil {
		if u.byRef == nil || len(u.byRef) >= maxUsages {
			u.byRef = map[reference]*usage{}
		}
		counted = new(newUsage(ref.kind))
		u.byRef[ref.key()] = counted
	}
	counted.count(method, suffix)
}

// of is the usage of a storage, whatever it was called.
func (u *usages) of(found *storage) usage {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	sum := newUsage(found.kind)
	for _, name := range slices.Compact([]string{found.id, found.folder}) {
		counted := u.byRef[reference{kind: found.kind, name: name}.key()]
		if counted == nil {
			continue
		}
		sum.Reads += counted.Reads
		sum.Writes += counted.Writes
		sum.Deletes += counted.Deletes
		if sum.Lists != nil {
			*sum.Lists += *counted.Lists
		}
		if sum.HeadReads != nil {
			*sum.HeadReads += *counted.HeadReads
		}
	}
	return sum
}

// describeOne is describe for a storage that is asked for alone: it knows, too,
// how large a dataset is and, if that is not large, how many items are clean.
func (h *Handler) describeOne(r *http.Request, s *shelf, found *storage) (described, error) {
	object, err := h.describe(r, s, found)
	if err == nil && found.kind == datasets {
		if object.Stats.Bytes, err = h.datasetBytes(s, found); err != nil {
			return described{}, err
		}
		object.CleanItemCount, err = h.cleanItems(r.Context(), s, found.folder)
	}
	return object, err
}

// measuredItems are how many items tell the size of a dataset.
const measuredItems = 100

// datasetBytes is how much the items take, as text. Of a large dataset it is an
// estimate: looking at each of ten million files would take minutes.
func (h *Handler) datasetBytes(s *shelf, found *storage) (size *int64, err error) {
	numbers, err := h.itemNumbers(s, found.folder)
	if err != nil {
		return nil, err
	}
	folder, err := s.folders.OpenRoot(found.folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	count := numbers.count()
	looked := min(count, measuredItems)
	var bytes, seen int64
	for i := range looked {
		for n := range numbers.ascending(i * count / looked) {
			if info, err := folder.Lstat(itemName(n)); err == nil { // else deleted just now
				bytes += info.Size()
				seen++
			}
			break
		}
	}
	if seen > 0 {
		bytes = int64(float64(bytes) / float64(seen) * float64(count))
	}
	return &bytes, nil
}
