package directory

import (
	"errors"
	"io/fs"
	"iter"
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
	Bytes     *int64 `json:"storageBytes,omitempty"`      // those of a few files, times their number
	Inflated  *int64 `json:"inflatedBytes,omitempty"`     // of single datasets
}

// Measured is how many files tell the size of a storage.
const Measured = 100

// Estimate is how much count files take, of which some are looked at: looking at
// each of ten million would take minutes.
func Estimate(count int64, some iter.Seq2[fs.FileInfo, error]) (*int64, error) {
	var bytes, seen int64
	for info, err := range some {
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return nil, err
		}
		bytes += info.Size()
		seen++
	}
	if seen > 0 {
		bytes = int64(float64(bytes) / float64(seen) * float64(count))
	}
	return &bytes, nil
}

func newUsage(k Kind) usage {
	switch k {
	case KeyValueStores:
		return usage{Lists: new(int64)}
	case RequestQueues:
		return usage{HeadReads: new(int64)}
	}
	return usage{}
}

func (u *usage) count(method, suffix string, n int64) {
	switch {
	case suffix == "" && method == http.MethodGet:
		// To look at the storage itself reads nothing of it.
	case suffix == "/keys":
		*u.Lists++
	case suffix == "/head":
		*u.HeadReads += n
	case suffix == "/head/lock":
		*u.HeadReads += n
		u.Writes += n
	case method == http.MethodGet:
		u.Reads += n
	case method == http.MethodDelete && !strings.HasSuffix(suffix, "/lock"):
		u.Deletes += n
	default:
		u.Writes += n
	}
}

// usages are kept by what requests call storages: by ID and by name apart, so
// that counting need not look anything up.
type usages struct {
	mutex sync.Mutex
	byRef map[Ref]*usage
}

// key is a reference as usages has it.
func (r Ref) key() Ref {
	return Ref{Kind: r.Kind, Name: strings.ToLower(r.Name + r.ID)}
}

// maxUsages bounds memory. Who has more storages than that gets the figures of
// the ones asked for lately.
const maxUsages = 10_000

// count notes a request that succeeded, about n items or requests of a queue.
func (u *usages) count(ref Ref, method, suffix string, n int64) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if suffix == "" && method == http.MethodDelete {
		delete(u.byRef, ref.key())
		return
	}
	counted := u.byRef[ref.key()]
	if counted == nil {
		if u.byRef == nil || len(u.byRef) >= maxUsages {
			u.byRef = map[Ref]*usage{}
		}
		counted = new(newUsage(ref.Kind))
		u.byRef[ref.key()] = counted
	}
	counted.count(method, suffix, n)
}

// of is the usage of a storage, whatever it was called.
func (u *usages) of(found *Storage) usage {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	sum := newUsage(found.Kind)
	for _, name := range slices.Compact([]string{found.ID, found.Folder}) {
		counted := u.byRef[Ref{Kind: found.Kind, Name: name}.key()]
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
