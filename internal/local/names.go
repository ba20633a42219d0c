package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

const (
	defaultFolder = "default"
	idLength      = 17
	idAlphabet    = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	maxNameLength = 63
)

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// validName is the API's rule for names: letters, digits, and hyphens inside.
func validName(name string) bool {
	if len(name) == 0 || len(name) > maxNameLength {
		return false
	}
	for i := range len(name) {
		if !isAlphanumeric(name[i]) && (name[i] != '-' || i == 0 || i == len(name)-1) {
			return false
		}
	}
	return true
}

// checkName refuses names that the API refuses, and those that Windows keeps
// for devices: the directory may be carried there.
func checkName(k kind, name string) error {
	switch {
	case name == "":
		return invalidValue("The name of a %s must not be empty", k)
	case !validName(name):
		return invalidValue("The name %q is not valid: it can have at most 63 characters, which may be letters, digits, and hyphens inside", clipped(name))
	case isDeviceName(name):
		return invalidValue("The name %q is not valid: it is the name of a device on Windows", name)
	}
	return nil
}

// clipped keeps a message about somebody's text short.
func clipped(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func isDeviceName(name string) bool {
	switch upper := strings.ToUpper(name); upper {
	case "CON", "PRN", "AUX", "NUL":
		return true
	default:
		return len(upper) == 4 && (strings.HasPrefix(upper, "COM") || strings.HasPrefix(upper, "LPT")) && upper[3] >= '0' && upper[3] <= '9'
	}
}

// validID is the form of the platform's IDs.
func validID(text string) bool {
	if len(text) != idLength {
		return false
	}
	for i := range len(text) {
		if !isAlphanumeric(text[i]) {
			return false
		}
	}
	return true
}

// looksLikeID tells a folder called by an ID from one whose name happens to
// have 17 letters.
func looksLikeID(text string) bool {
	return validID(text) && strings.ContainsAny(text, "0123456789") && strings.ToLower(text) != text
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
	return hashedID(seed[:])
}

// derivedID is the ID of a folder that has no other.
func derivedID(k kind, folder string) string {
	return hashedID([]byte(k.path() + "\x00" + folder))
}

func hashedID(seed []byte) string {
	for round := uint64(0); ; round++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(seed, round))
		var id [idLength]byte
		for i := range id {
			id[i] = idAlphabet[int(sum[i])%len(idAlphabet)]
		}
		if text := string(id[:]); looksLikeID(text) {
			return text
		}
	}
}

// reference is what a request calls a storage by.
type reference struct {
	kind kind
	id   string // an ID, or a name where none has that ID; "" with ~
	name string // what stood behind ~
	run  bool   // a run's default storage: pushing creates it
}

// parseReference reads a path segment: ID, name, ~name, user~name. There is
// but one user, so whatever stands before the ~ is that one.
func parseReference(k kind, segment string) reference {
	if _, name, ok := strings.Cut(segment, "~"); ok {
		return reference{kind: k, name: name}
	}
	return reference{kind: k, id: segment}
}

func defaultReference(k kind) reference {
	return reference{kind: k, name: defaultFolder, run: true}
}
