package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// MetadataFile is the SDKs' own description of a storage: always there with
// Python's, on request with JavaScript's. Where it is, they trust it.
const MetadataFile = "__metadata__.json"

// Metadata is what we need of it, in JavaScript's spelling or Python's.
type Metadata struct {
	ID                       string  `json:"id"`
	Name                     *string `json:"name"`
	CreatedAt                string  `json:"createdAt"`
	CreatedAtPython          string  `json:"created_at"`
	ModifiedAt               string  `json:"modifiedAt"`
	ModifiedAtPython         string  `json:"modified_at"`
	AccessedAt               string  `json:"accessedAt"`
	AccessedAtPython         string  `json:"accessed_at"`
	HadMultipleClients       bool    `json:"hadMultipleClients"`
	HadMultipleClientsPython bool    `json:"had_multiple_clients"`
}

func (m *Metadata) created() time.Time  { return parseTime(m.CreatedAt, m.CreatedAtPython) }
func (m *Metadata) modified() time.Time { return parseTime(m.ModifiedAt, m.ModifiedAtPython) }
func (m *Metadata) accessed() time.Time { return parseTime(m.AccessedAt, m.AccessedAtPython) }

// pythonTime is str() of a datetime, as crawlee-python writes it. A time that
// is read may have no fraction: Python leaves it out when it is zero.
const (
	pythonTime     = "2006-01-02 15:04:05.000000-07:00"
	pythonTimeRead = "2006-01-02 15:04:05-07:00"
)

// parseTime is the first of the texts that is a time; else the zero time.
func parseTime(texts ...string) time.Time {
	for _, text := range texts {
		for _, layout := range []string{time.RFC3339Nano, pythonTimeRead} {
			if t, err := time.Parse(layout, text); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

// MetadataEdit says what to put into a metadata file; zero values leave things alone.
type MetadataEdit struct {
	Modified  time.Time // also the access time
	ItemCount *int64
	name      *string // pointer to "": takes the name away
	id        string  // goes with an unnamed storage: the SDKs find the folder by it
}

// EditMetadata changes a storage's metadata file if it has one, keeping its
// style, its order and what we do not know.
func EditMetadata(root *os.Root, k Kind, folder string, e MetadataEdit) error {
	name := k.Folder() + "/" + folder + "/" + MetadataFile
	text, err := atomicfile.ReadSmall(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	edited, err := e.apply(text)
	if err != nil || edited == nil {
		return err
	}
	return durable.Replace(root, name, edited)
}

// apply returns the edited text; nil where the text is no JSON object, as when
// an SDK is just writing it: the SDK will set it right itself.
func (e MetadataEdit) apply(text []byte) ([]byte, error) {
	if !json.Valid(text) {
		return nil, nil
	}
	named := false
	out, err := rawjson.Edit(text, func(m rawjson.Member) ([]byte, error) {
		switch m.Name() {
		case "modifiedAt", "modified_at", "accessedAt", "accessed_at":
			return e.timeLike(m.Value), nil
		case "itemCount", "item_count":
			if e.ItemCount != nil {
				return strconv.AppendInt(nil, *e.ItemCount, 10), nil
			}
		case "id":
			if e.id != "" {
				return []byte(strconv.Quote(e.id)), nil
			}
		case "name":
			named = true
			return e.nameInstead(m.Value), nil
		}
		return m.Value, nil
	})
	if err != nil || len(out) == len("{}") {
		return nil, nil //nolint:nilerr // it is no object, or an empty one
	}
	out = out[:len(out)-1]
	if e.name != nil && *e.name != "" && !named {
		out = rawjson.AppendMember(out, []byte(`"name"`), []byte(strconv.Quote(*e.name)))
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, append(out, '}'), "", indentation(text)); err != nil {
		return nil, err
	}
	return indented.Bytes(), nil
}

// nameInstead is the value for "name"; nil to leave the member out, as
// JavaScript has it for unnamed storages. Python writes null.
func (e MetadataEdit) nameInstead(value []byte) []byte {
	switch {
	case e.name == nil:
		return value
	case *e.name != "":
		return []byte(strconv.Quote(*e.name))
	case string(value) == "null":
		return value
	}
	return nil
}

func (e MetadataEdit) timeLike(value []byte) []byte {
	layout := wire.TimeLayout
	if bytes.IndexByte(value, ' ') >= 0 {
		layout = pythonTime
	}
	if e.Modified.IsZero() {
		return value
	}
	return []byte(strconv.Quote(e.Modified.UTC().Format(layout)))
}

// indentation is what the first line of an object is indented by.
func indentation(text []byte) string {
	_, rest, ok := bytes.Cut(text, []byte{'\n'})
	if !ok {
		return "\t"
	}
	return string(rest[:len(rest)-len(bytes.TrimLeft(rest, " \t"))])
}

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
