package directory

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

const (
	defaultFolder = "default"
	idLength      = 17
	idAlphabet    = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	maxNameLength = 63
)

// IsAlphanumeric tells ASCII letters and digits.
func IsAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// ValidName is the API's rule for names: letters, digits, and hyphens inside.
func ValidName(name string) bool {
	if len(name) == 0 || len(name) > maxNameLength {
		return false
	}
	for i := range len(name) {
		if !IsAlphanumeric(name[i]) && (name[i] != '-' || i == 0 || i == len(name)-1) {
			return false
		}
	}
	return true
}

// checkName refuses names that the API refuses, and those that Windows keeps
// for devices: the directory may be carried there.
func checkName(k Kind, name string) error {
	switch {
	case name == "":
		return wire.InvalidValue("The name of a %s must not be empty", k)
	case !ValidName(name):
		return wire.InvalidValue("The name %q is not valid: it can have at most 63 characters, which may be letters, digits, and hyphens inside", wire.Clipped(name))
	case IsDeviceName(name):
		return wire.InvalidValue("The name %q is not valid: it is the name of a device on Windows", name)
	}
	return nil
}

// IsDeviceName tells the names that Windows keeps for devices, in any case.
func IsDeviceName(name string) bool {
	switch upper := strings.ToUpper(name); upper {
	case "CON", "PRN", "AUX", "NUL":
		return true
	default:
		return len(upper) == 4 && (strings.HasPrefix(upper, "COM") || strings.HasPrefix(upper, "LPT")) && upper[3] >= '0' && upper[3] <= '9'
	}
}

// ValidID is the form of the platform's IDs.
func ValidID(text string) bool {
	if len(text) != idLength {
		return false
	}
	for i := range len(text) {
		if !IsAlphanumeric(text[i]) {
			return false
		}
	}
	return true
}

// LooksLikeID tells a folder called by an ID from one whose name happens to
// have 17 letters.
func LooksLikeID(text string) bool {
	return ValidID(text) && strings.ContainsAny(text, "0123456789") && strings.ToLower(text) != text
}

// isUUID is the form of the IDs that Crawlee 3 calls unnamed storages by.
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}

// isStorageFolder leaves out what is hidden, and the folders that Crawlee 3
// moves purged storages to while it deletes them.
func isStorageFolder(name string) bool {
	return name != "" && name[0] != '.' &&
		!strings.HasPrefix(name, "__CRAWLEE_") && !strings.HasPrefix(name, "__OLD_")
}

// newID is a random ID. It looks like one, so that a folder called by it is
// known for an unnamed storage even without our state.
func newID() string {
	var seed [sha256.Size]byte
	_, _ = rand.Read(seed[:]) // never fails
	return HashedID(seed[:])
}

// derivedID is the ID of a folder that has no other.
func derivedID(k Kind, folder string) string {
	return HashedID([]byte(k.Path() + "\x00" + folder))
}

// HashedID is an ID that follows from a seed.
func HashedID(seed []byte) string {
	for round := uint64(0); ; round++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(seed, round))
		var id [idLength]byte
		for i := range id {
			id[i] = idAlphabet[int(sum[i])%len(idAlphabet)]
		}
		if text := string(id[:]); LooksLikeID(text) {
			return text
		}
	}
}

// Ref is what a request calls a storage by.
type Ref struct {
	Kind Kind
	ID   string // "" with ~
	Name string // what stood behind ~
	Full string // all of it, a name with a ~ in it
	Run  bool   // a run's default storage: pushing creates it
}

// ParseRef reads a path segment: ID, name, ~name, user~name. There is
// but one user, so whatever stands before the ~ is that one.
func ParseRef(k Kind, segment string) Ref {
	if _, name, ok := strings.Cut(segment, "~"); ok {
		return Ref{Kind: k, Name: name, Full: segment}
	}
	if segment == defaultFolder { // the only name that goes for an ID
		return Ref{Kind: k, Name: segment}
	}
	return Ref{Kind: k, ID: segment}
}

// MakeDefault makes the storage that clients call "default" when a client asks for it
// first: those of Apify's SDKs take it for there.
func (d *Directory) MakeDefault(r *http.Request, ref Ref) error {
	if !d.Served || d.ReadOnly || ref.Name != defaultFolder || ref.Full != "" || r.Method == http.MethodDelete || isVisit(r) {
		return nil
	}
	if err := d.Exists(r.Context(), ref); !wire.IsNotFound(err) {
		return err
	}
	return d.Change(r.Context(), DefaultReference(ref.Kind), func(*Collection, *Storage) error { return nil })
}

// DefaultReference is a run's default storage, where no list says otherwise.
func DefaultReference(k Kind) Ref {
	return Ref{Kind: k, Name: defaultFolder, Run: true}
}

// HashedName is a file name for any text.
func HashedName(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

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
