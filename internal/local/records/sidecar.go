package records

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// recordMetadata is the file beside a record, in any of the SDKs' spellings.
// JavaScript's, which Crawlee 3 itself cannot read, is an object within a string.
type recordMetadata struct {
	Key               string `json:"key"`
	ContentType       string `json:"contentType"`
	ContentTypePython string `json:"content_type"`
	Extension         string `json:"extension"`
	// Filename is the value's file where that is not named by the key. Then the
	// metadata file is, as Crawlee 4 has it.
	Filename string `json:"filename"`

	quoted bool // JavaScript's
}

func (m recordMetadata) mediaType() string {
	if m.ContentTypePython != "" {
		return m.ContentTypePython
	}
	return m.ContentType
}

func readRecordMetadata(folders *os.Root, path string) (recordMetadata, error) {
	var m recordMetadata
	text, err := atomicfile.ReadSmall(folders, path)
	if err != nil {
		return m, err
	}
	var inner string
	if json.Unmarshal(text, &inner) == nil {
		m.quoted = true
		text = []byte(inner)
	}
	return m, json.Unmarshal(text, &m)
}

// recordStyleOf decides by a record's metadata where there is one, else by the
// store's: Crawlee 3 puts a userId into it, Crawlee 4 does not. camel tells that
// metadata is spelt as JavaScript does, which the Apify SDK for Python 1 does too.
// Metadata that cannot be read, say because an SDK is writing it, is like none.
func recordStyleOf(folders *os.Root, folder, example string) (style recordStyle, camel bool) {
	if example != "" {
		if m, err := readRecordMetadata(folders, folder+"/"+example); err == nil && m.quoted {
			return styleJavaScript, true
		} else if err == nil {
			return stylePython, m.ContentTypePython == ""
		}
	}
	var store struct {
		CreatedAt       string          `json:"createdAt"`
		CreatedAtPython string          `json:"created_at"`
		UserID          json.RawMessage `json:"userId"`
	}
	text, err := atomicfile.ReadSmall(folders, folder+"/"+directory.MetadataFile)
	if err == nil && json.Unmarshal(text, &store) == nil && (store.CreatedAtPython != "" || store.CreatedAt != "" && store.UserID == nil) {
		return stylePython, store.CreatedAtPython == ""
	}
	return styleJavaScript, true
}

// readers is how many metadata files are waited for at once.
const readers = 8

// describedEntries are the records that have metadata in Python's style. A value
// whose name is its key for certain needs no look into it.
func (s *store) describedEntries(files listing) (entries []entry, broken []other) {
	found := make([]entry, len(files.sidecars))
	problems := make([]error, len(files.sidecars))
	var group errgroup.Group
	group.SetLimit(readers)
	for i, name := range files.sidecars {
		e := &found[i]
		e.described, e.file = true, strings.TrimSuffix(name, recordMetadataSuffix)
		e.key = percentDecoded(e.file)
		there := hasFile(files.values, e.file)
		if there && !strings.ContainsAny(e.file, ".%") {
			continue
		}
		group.Go(func() error {
			problems[i] = s.describe(e, name, there, files)
			return nil
		})
	}
	_ = group.Wait() // each has its own
	for i, e := range found {
		if problems[i] != nil {
			broken = append(broken, other{key: e.key, name: files.sidecars[i], err: problems[i]})
			continue
		}
		entries = append(entries, e)
	}
	return entries, broken
}

// describe sets what a metadata file says of its entry. there tells whether the
// value is where its name says. A file name leads to nothing but a value in the
// store's folder.
func (s *store) describe(e *entry, name string, there bool, files listing) error {
	m, err := readRecordMetadata(s.in.Folders, s.Folder+"/"+name)
	switch {
	case err == nil && m.Filename != "" && hasFile(files.values, m.Filename):
		e.file, e.named = m.Filename, true
	case !there && err == nil && m.Filename != "":
		return fmt.Errorf("%s names the file %q, which is no value of the store", name, m.Filename)
	case !there:
		return noRecordBeside(name)
	}
	if err == nil && m.Key != "" {
		e.key = m.Key
	}
	return nil
}

// metadataName is the metadata file that goes with the entry.
func (e entry) metadataName(style recordStyle) string {
	switch {
	case e.named:
		return percentEncoded(e.key) + recordMetadataSuffix
	case style == stylePython:
		return e.file + recordMetadataSuffix
	}
	return e.key + recordMetadataSuffix
}

// metadataText is the metadata beside a value, as the store's SDK writes it.
func (b *batch) metadataText(e entry, contentType string, size int64) []byte {
	name := "content_type"
	if b.camel {
		name = "contentType"
	}
	text := fmt.Appendf(nil, "{\n  \"key\": %s,\n  %q: %s,\n  \"size\": %d", rawjson.Quoted(e.key), name, rawjson.Quoted(contentType), size)
	if e.named {
		text = fmt.Appendf(text, ",\n  \"filename\": %s", rawjson.Quoted(e.file))
	}
	return append(text, "\n}"...)
}

// inputKey is the key that a file is taken for though nothing says so: the input
// of an Actor, INPUT.json, where the Apify SDK for Python (3.0, and 4 when it has
// stored one itself) noted the name of the file as the key.
const inputKey = "INPUT"

// input is the record that is the input where no record has its key. Several are
// an error, as for the SDKs.
func (x *index) input() (found entry, ok bool, err error) {
	x.entries.Ascend(entry{key: inputKey + "."}, func(each entry) bool {
		if !strings.HasPrefix(each.key, inputKey+".") {
			return false
		}
		if each.key != each.file || each.hidden {
			return true
		}
		if ok {
			err = errors.Join(errSeveralInputs, fmt.Errorf("%q and %q", found.file, each.file))
		}
		found, ok = each, true
		return err == nil
	})
	return found, ok, err
}

var errSeveralInputs = errors.New("there are several files for the input")
