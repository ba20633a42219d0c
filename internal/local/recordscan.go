package local

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// recordFolders tell by their times whether records have come or gone.
func (s *shelf) recordFolders(store *storage) (found [2]fs.FileInfo, err error) {
	if found[0], err = s.folders.Stat(store.folder); err != nil {
		return found, err
	}
	hidden, err := s.hidden(store)
	if err != nil || hidden == nil {
		return found, err
	}
	if found[1], err = hidden.Stat(valuesFolder); err != nil {
		found[1] = nil
	}
	return found, ignoreMissing(err)
}

func unchanged(a, b [2]fs.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
		if a[i] != nil && (!os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime())) {
			return false
		}
	}
	return a[0] != nil
}

// scanRecords reads a store's folder.
func scanRecords(s *shelf, store *storage) (recordStyle, []recordEntry, error) {
	names, sidecars, err := s.recordNames(store.folder)
	if err != nil {
		return 0, nil, err
	}
	example := ""
	if len(sidecars) > 0 {
		example = sidecars[0]
	}
	style := recordStyleOf(s.folders, store.folder, example)
	entries := make([]recordEntry, 0, len(names))
	owned := map[string]bool{}
	for _, sidecar := range sidecars {
		entry := recordEntry{described: true, file: strings.TrimSuffix(sidecar, recordMetadataSuffix)}
		entry.key = entry.file
		if style == stylePython {
			entry.key = percentDecoded(entry.file)
		} else if m, err := readRecordMetadata(s.folders, store.folder+"/"+sidecar); err == nil {
			if full := entry.key + "." + m.Extension; hasFile(names, full) {
				entry.file = full
			}
		}
		if hasFile(names, entry.file) {
			owned[entry.file] = true
			entries = append(entries, entry)
		}
	}
	for _, name := range names {
		if !owned[name] {
			entries = append(entries, recordEntry{key: keyOfFile(name), file: name})
		}
	}
	hidden, err := s.hiddenRecords(store.id)
	if err != nil {
		return 0, nil, err
	}
	return style, s.oneForEachKey(store, append(entries, hidden...)), nil
}

func hasFile(sorted []string, name string) bool {
	_, ok := slices.BinarySearch(sorted, name)
	return ok
}

// recordNames are the files of a store's folder, sorted: values, and the
// metadata files beside them.
func (s *shelf) recordNames(folder string) (values, sidecars []string, err error) {
	dir, err := openListing(s.folders, folder)
	if err != nil {
		return nil, nil, err
	}
	for err == nil {
		var files []fs.DirEntry
		files, err = dir.ReadDir(4096) // all at once would take more memory than the index
		for _, file := range files {
			switch name := file.Name(); {
			case !file.Type().IsRegular(), name == metadataFile:
			case strings.HasSuffix(name, recordMetadataSuffix):
				sidecars = append(sidecars, name)
			default:
				values = append(values, name)
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, nil, err
	}
	slices.Sort(values)
	slices.Sort(sidecars)
	return values, sidecars, nil
}

// hiddenRecords are those whose keys make no file name.
func (s *shelf) hiddenRecords(id string) ([]recordEntry, error) {
	files, err := fs.ReadDir(s.root.FS(), hiddenValues(id))
	if err != nil {
		return nil, ignoreMissing(err)
	}
	var entries []recordEntry
	for _, file := range files {
		var note typeNote
		text, err := readSmallFile(s.root, hiddenFolder(id)+"/"+typesFolder+"/"+file.Name()+".json")
		if err != nil || json.Unmarshal(text, &note) != nil || hashedKey(note.Key) != file.Name() {
			continue // a process was killed between the two files
		}
		entries = append(entries, recordEntry{key: note.Key, file: file.Name(), hidden: true})
	}
	return entries, nil
}

// oneForEachKey sorts entries. Of several files for one key the newest counts.
func (s *shelf) oneForEachKey(store *storage, entries []recordEntry) []recordEntry {
	slices.SortFunc(entries, func(a, b recordEntry) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.file, b.file))
	})
	kept := entries[:0]
	for _, entry := range entries {
		if len(kept) == 0 || kept[len(kept)-1].key != entry.key {
			kept = append(kept, entry)
			continue
		}
		last := &kept[len(kept)-1]
		if s.valueTime(store, entry).After(s.valueTime(store, *last)) {
			*last = entry
		}
	}
	return kept
}

func (s *shelf) valueTime(store *storage, e recordEntry) time.Time {
	info, err := s.statValue(store, e)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// statValue looks a value up.
func (s *shelf) statValue(store *storage, e recordEntry) (fs.FileInfo, error) {
	if e.hidden {
		return s.root.Lstat(valuePath(store, e))
	}
	folder, err := s.inside(store)
	if err != nil {
		return nil, err
	}
	return folder.Lstat(e.file)
}

// valuePath is where a value is, below the storage directory.
func valuePath(store *storage, e recordEntry) string {
	if e.hidden {
		return hiddenValues(store.id) + "/" + e.file
	}
	return store.path() + "/" + e.file
}
