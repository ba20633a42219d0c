package records

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

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// recordFolders tell by their times whether records have come or gone.
func recordFolders(s *directory.Collection, store *directory.Storage) (found [2]fs.FileInfo, err error) {
	if found[0], err = s.Folders.Stat(store.Folder); err != nil {
		return found, err
	}
	hidden, err := openHidden(s, store)
	if err != nil || hidden == nil {
		return found, err
	}
	if found[1], err = hidden.Stat(valuesFolder); err != nil {
		found[1] = nil
	}
	return found, durable.IgnoreMissing(err)
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
func scanRecords(s *directory.Collection, store *directory.Storage) (recordStyle, []recordEntry, error) {
	names, sidecars, err := recordNames(s, store.Folder)
	if err != nil {
		return 0, nil, err
	}
	example := ""
	if len(sidecars) > 0 {
		example = sidecars[0]
	}
	style := recordStyleOf(s.Folders, store.Folder, example)
	entries := make([]recordEntry, 0, len(names))
	owned := map[string]bool{}
	for _, sidecar := range sidecars {
		entry := recordEntry{described: true, file: strings.TrimSuffix(sidecar, recordMetadataSuffix)}
		entry.key = entry.file
		if style == stylePython {
			entry.key = percentDecoded(entry.file)
		} else if m, err := readRecordMetadata(s.Folders, store.Folder+"/"+sidecar); err == nil {
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
	hidden, err := hiddenRecords(s, store.ID)
	if err != nil {
		return 0, nil, err
	}
	return style, oneForEachKey(s, store, append(entries, hidden...)), nil
}

func hasFile(sorted []string, name string) bool {
	_, ok := slices.BinarySearch(sorted, name)
	return ok
}

// recordNames are the files of a store's folder, sorted: values, and the
// metadata files beside them.
func recordNames(s *directory.Collection, folder string) (values, sidecars []string, err error) {
	dir, err := durable.OpenListing(s.Folders, folder)
	if err != nil {
		return nil, nil, err
	}
	for err == nil {
		var files []fs.DirEntry
		files, err = dir.ReadDir(4096) // all at once would take more memory than the index
		for _, file := range files {
			switch name := file.Name(); {
			case !file.Type().IsRegular(), name == directory.MetadataFile:
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
func hiddenRecords(s *directory.Collection, id string) ([]recordEntry, error) {
	files, err := fs.ReadDir(s.Root.FS(), hiddenValues(id))
	if err != nil {
		return nil, durable.IgnoreMissing(err)
	}
	var entries []recordEntry
	for _, file := range files {
		var note typeNote
		text, err := durable.ReadSmall(s.Root, hiddenFolder(id)+"/"+typesFolder+"/"+file.Name()+".json")
		if err != nil || json.Unmarshal(text, &note) != nil || directory.HashedName(note.Key) != file.Name() {
			continue // a process was killed between the two files
		}
		entries = append(entries, recordEntry{key: note.Key, file: file.Name(), hidden: true})
	}
	return entries, nil
}

// oneForEachKey sorts entries. Of several files for one key the newest counts.
func oneForEachKey(s *directory.Collection, store *directory.Storage, entries []recordEntry) []recordEntry {
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
		if valueTime(s, store, entry).After(valueTime(s, store, *last)) {
			*last = entry
		}
	}
	return kept
}

func valueTime(s *directory.Collection, store *directory.Storage, e recordEntry) time.Time {
	info, err := statValue(s, store, e)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// statValue looks a value up.
func statValue(s *directory.Collection, store *directory.Storage, e recordEntry) (fs.FileInfo, error) {
	if e.hidden {
		return s.Root.Lstat(valuePath(store, e))
	}
	folder, err := s.Inside(store)
	if err != nil {
		return nil, err
	}
	return folder.Lstat(e.file)
}

// valuePath is where a value is, below the storage directory.
func valuePath(store *directory.Storage, e recordEntry) string {
	if e.hidden {
		return hiddenValues(store.ID) + "/" + e.file
	}
	return store.Path() + "/" + e.file
}
