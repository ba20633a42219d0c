package records

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/btree"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// scan reads a store's folders.
func (s *store) scan() (found contents, err error) {
	files, err := s.listOwn()
	if err != nil {
		return found, err
	}
	found.others = files.others
	example := ""
	if len(files.sidecars) > 0 {
		example = files.sidecars[0]
	}
	found.style, found.camel = recordStyleOf(s.in.Folders, s.Folder, example)
	entries, broken := s.entriesOf(found.style, files)
	found.others = append(found.others, broken...)
	hidden, unknown, err := s.hiddenEntries()
	if err != nil {
		return found, err
	}
	found.others = append(found.others, unknown...)
	entries, found.older = s.oneForEachKey(append(entries, hidden...))
	found.entries = btree.NewBTreeGOptions(func(a, b entry) bool { return a.key < b.key }, btree.Options{NoLocks: true})
	for _, each := range entries {
		found.entries.Load(each)
		found.sharing = found.sharing || each.described && found.style == styleJavaScript
	}
	return found, nil
}

// listing is a store's folder: the names of values, and of the metadata files
// beside them, sorted.
type listing struct {
	values, sidecars []string
	others           []other
}

func (s *store) listOwn() (found listing, err error) {
	dir, err := atomicfile.OpenListing(s.in.Folders, s.Folder)
	if err != nil {
		return found, err
	}
	for err == nil {
		var files []fs.DirEntry
		files, err = dir.ReadDir(4096) // all at once would take more memory than the index
		for _, file := range files {
			switch name := file.Name(); {
			case name == directory.MetadataFile:
			case !file.Type().IsRegular():
				found.others = append(found.others, other{key: keyOfFile(name), name: name, err: &atomicfile.IrregularError{Name: name, Mode: file.Type()}})
			case strings.HasSuffix(name, recordMetadataSuffix):
				found.sidecars = append(found.sidecars, name)
			default:
				found.values = append(found.values, name)
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.SortFunc(found.others, func(a, b other) int { return strings.Compare(a.name, b.name) })
	slices.Sort(found.values)
	slices.Sort(found.sidecars)
	return found, errors.Join(err, dir.Close())
}

// entriesOf are the records of a store's own folder, and the metadata files that
// belong to none.
func (s *store) entriesOf(style recordStyle, files listing) (entries []entry, broken []other) {
	var described []entry
	if style == stylePython {
		described, broken = s.describedEntries(files)
	} else {
		described, broken = s.crawlee3Entries(files)
	}
	owned := make(map[string]bool, len(described))
	entries = make([]entry, 0, len(files.values))
	for _, e := range described {
		if style == stylePython && owned[e.file] {
			continue // another metadata file has it
		}
		owned[e.file] = true
		entries = append(entries, e)
	}
	for _, name := range files.values {
		if !owned[name] {
			entries = append(entries, entry{key: keyOfFile(name), file: name})
		}
	}
	return entries, broken
}

// crawlee3Entries are the records that have metadata of Crawlee 3 for JavaScript,
// which is named by the key; keys may share a file.
func (s *store) crawlee3Entries(files listing) (entries []entry, alone []other) {
	for _, sidecar := range files.sidecars {
		e := entry{described: true, file: strings.TrimSuffix(sidecar, recordMetadataSuffix)}
		e.key = validKey(e.file)
		if m, err := readRecordMetadata(s.in.Folders, s.Folder+"/"+sidecar); err == nil {
			if full := e.file + "." + m.Extension; hasFile(files.values, full) {
				e.file = full
			}
		}
		if !hasFile(files.values, e.file) {
			alone = append(alone, other{key: e.key, name: sidecar, err: noRecordBeside(sidecar)})
			continue
		}
		entries = append(entries, e)
	}
	return entries, alone
}

func noRecordBeside(sidecar string) error { return fmt.Errorf("%s has no record beside it", sidecar) }

func hasFile(sorted []string, name string) bool {
	_, ok := slices.BinarySearch(sorted, name)
	return ok
}

// hiddenEntries are the records whose keys make no file name. Their notes tell
// the keys; a value whose note is gone or broken cannot be told.
func (s *store) hiddenEntries() (entries []entry, broken []other, err error) {
	values, err := s.folder(valuesFolder)
	if irregular, ok := errors.AsType[*atomicfile.IrregularError](err); ok {
		return nil, []other{{name: irregular.Name, err: err, hidden: true}}, nil
	}
	if err != nil || values == nil {
		return nil, nil, err
	}
	files, err := fs.ReadDir(values.FS(), ".")
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		name := file.Name()
		noted, err := s.readNote(name)
		switch {
		case !file.Type().IsRegular():
			err = &atomicfile.IrregularError{Name: s.path(valuesFolder) + "/" + name, Mode: file.Type()}
		case errors.Is(err, fs.ErrNotExist):
			err = fmt.Errorf("%s has no note that tells its key", s.path(valuesFolder)+"/"+name)
		}
		if err != nil {
			broken = append(broken, other{name: name, err: err, hidden: true})
			continue
		}
		entries = append(entries, entry{key: noted.Key, file: name, hidden: true})
	}
	return entries, broken, nil
}

// oneForEachKey sorts entries. Of several files for one key the newest counts.
func (s *store) oneForEachKey(entries []entry) (kept []entry, older map[string][]entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.file, b.file))
	})
	kept = entries[:0]
	for _, each := range entries {
		if len(kept) == 0 || kept[len(kept)-1].key != each.key {
			kept = append(kept, each)
			continue
		}
		last := &kept[len(kept)-1]
		if s.valueTime(each).After(s.valueTime(*last)) {
			each, *last = *last, each
		}
		if older == nil {
			older = map[string][]entry{}
		}
		older[each.key] = append(older[each.key], each)
	}
	return kept, older
}

func (s *store) valueTime(e entry) time.Time {
	info, err := s.stat(e)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// sayOthers warns of what is in the store and no record.
func (s *store) sayOthers() {
	for _, each := range s.index.others {
		s.warn("left out", each.err)
	}
	for key := range s.index.older {
		s.sayOlder(key)
	}
}

// sayOlder warns of further files of a key.
func (s *store) sayOlder(key string) {
	for _, each := range s.index.older[key] {
		counts, _ := s.index.get(key)
		s.warn("left out", fmt.Errorf("%q has the key of the newer %q", each.file, counts.file))
	}
}

// ignoreIrregular is for what is said elsewhere.
func ignoreIrregular(err error) error {
	if _, ok := errors.AsType[*atomicfile.IrregularError](err); ok {
		return nil
	}
	return err
}
