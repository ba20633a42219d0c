package directory

import (
	"encoding/json"
	"os"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// State is what we remember of a storage beyond what its folder says. It is a
// file .apifyctl/<kind>/<folder>.json.
type State struct {
	ID            string          `json:"id"`
	Named         *bool           `json:"named,omitempty"` // nil: the folder decides
	CreatedAt     time.Time       `json:"createdAt,omitzero"`
	ModifiedAt    time.Time       `json:"modifiedAt,omitzero"` // by us, of the storage's own facts
	GeneralAccess string          `json:"generalAccess,omitempty"`
	Schema        json.RawMessage `json:"schema,omitempty"`
}

// move is a folder that is being renamed: a file .apifyctl/<kind>.moving.json,
// there from before the rename until the state is in its new place. So that a
// move that was killed half-way is finished by whoever comes next.
type move struct {
	From  string `json:"from"`
	To    string `json:"to"`
	State State  `json:"state"`
}

func movingFile(k Kind) string { return k.Folder() + ".moving.json" }

// stateFile is where the state of a folder is, below .apifyctl.
func stateFile(k Kind, folder string) string { return BesideFile(k, folder, ".json") }

// BesideFile is a path below .apifyctl for what is kept beside a storage's folder.
func BesideFile(k Kind, folder, suffix string) string {
	if ValidName(folder) && !IsDeviceName(folder) {
		return k.Folder() + "/" + folder + suffix
	}
	// Names that others gave may not do with an ending, or here. No valid name
	// begins with an underscore.
	return k.Folder() + "/_" + HashedName(folder) + suffix
}

// ReadFile decodes a state file, whose name is below .apifyctl. Where there is
// none, target stays as it is.
func (d *Directory) ReadFile(name string, target any) (err error) {
	root, err := d.Root()
	if err != nil {
		return atomicfile.IgnoreMissing(err)
	}
	defer Closing(root, &err)
	return atomicfile.IgnoreMissing(durable.ReadState(root, name, target))
}

// WriteFile writes a state file, and creates the directory where it is missing.
func (d *Directory) WriteFile(name string, value any) (err error) {
	return d.Writing(func(root *os.Root) error { return durable.WriteState(root, name, value) })
}
