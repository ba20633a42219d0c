package records

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// entryFor is where a new value of a key goes.
func entryFor(style recordStyle, key, contentType string) recordEntry {
	file := recordFile(style, key, contentType)
	if file == "" {
		return recordEntry{key: key, file: directory.HashedName(key), hidden: true}
	}
	return recordEntry{key: key, file: file, described: style == stylePython}
}

// in is the folder of an entry's value.
func (e recordEntry) in() durable.Place {
	if e.hidden {
		return valuesFolder
	}
	return ""
}

// put makes a value that of a key, and takes away what the key had before. Until
// the value's own renaming, the key has what it had.
func (b *recordBatch) put(key, contentType string, value *newValue) error {
	// Without a state, the creation time would be guessed from files.
	if !b.store.Dated {
		if err := b.shelf.WriteState(b.store.Folder, b.store.Remembered()); err != nil {
			return err
		}
		b.store.Dated = true
	}
	entry := entryFor(b.styleNow(), key, contentType)
	if b.replaced(entry, contentType, value) {
		return nil
	}
	if err := b.separate(key); err != nil {
		return err
	}
	if err := b.makeRoom(entry); err != nil {
		return err
	}
	plan, changed, err := b.planPut(entry, contentType, value)
	if err != nil {
		return err
	}
	return b.note(key, changed, plan)
}

func (b *recordBatch) styleNow() recordStyle {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.style
}

// separate commits what was noted before where a change of the key cannot go
// together with it.
func (b *recordBatch) separate(key string) error {
	b.mutex.Lock()
	sharing := b.sharing
	b.mutex.Unlock()
	if b.keys[key] != nil || sharing {
		return b.commit()
	}
	return nil
}

// note has a plan carried out with the next commit.
func (b *recordBatch) note(key string, changed *keyChange, plan []*durable.Change) error {
	if b.conflicts(plan) {
		if err := b.commit(); err != nil {
			return errors.Join(err, b.temporary.Unstage(plan))
		}
	}
	b.change(plan...)
	b.keys[key] = changed
	return nil
}

// replaced is true where the key has got a value in this very group, and this
// one has taken its place.
func (b *recordBatch) replaced(entry recordEntry, contentType string, value *newValue) bool {
	earlier := b.keys[entry.key]
	if earlier == nil || earlier.value == nil || *earlier.entry != entry || value.synced != nil || entry.noted(contentType) {
		return false
	}
	earlier.value.Text = value.text
	return true
}

// planPut is what has to be done to files, in that order.
func (b *recordBatch) planPut(entry recordEntry, contentType string, value *newValue) (plan []*durable.Change, changed *keyChange, err error) {
	b.mutex.Lock()
	before, existed := b.get(entry.key)
	b.mutex.Unlock()
	if entry.hidden {
		if err := makeHidden(b.shelf, b.store, valuesFolder); err != nil {
			return nil, nil, err
		}
	}
	stored := &durable.Change{In: entry.in(), Name: entry.file, Text: value.text, Staged: value.staged, Synced: value.synced}
	changed = &keyChange{entry: &entry}
	noted := entry.noted(contentType)
	if noted { // first: it counts only once the value is there
		note, err := b.typeNote(entry.key, contentType, stored)
		if err != nil {
			return nil, nil, err
		}
		plan = append(plan, note)
	}
	plan = append(plan, stored)
	if entry.described {
		size := int64(len(value.text))
		if value.synced != nil {
			size = value.synced.Size()
		}
		plan = append(plan, &durable.Change{Name: entry.metadataName(stylePython), Text: describedText(entry.key, contentType, size)})
	}
	if existed {
		plan = append(plan, b.old(before, entry)...)
	}
	if !noted && b.hasNote(entry.key) {
		plan = append(plan, &durable.Change{In: typesFolder, Name: noteName(entry.key), Deleted: true})
	}
	if len(plan) == 1 && stored.Synced == nil {
		changed.value = stored
	}
	return plan, changed, nil
}

// typeNote is the file that says of what media type a value is. The value is
// written for it: its time goes into the note.
func (b *recordBatch) typeNote(key, contentType string, value *durable.Change) (*durable.Change, error) {
	info := value.Synced
	if info == nil {
		temporary, err := b.stagingFolder()
		if err != nil {
			return nil, err
		}
		name := temporary.Name()
		if err := temporary.Write(name, value.Text, false); err != nil {
			return nil, err
		}
		value.Staged = name
		if info, err = temporary.Root.Lstat(name); err != nil {
			return nil, errors.Join(err, temporary.Remove(name))
		}
	}
	text, err := noteText(b.shelf, b.store, key, contentType, info)
	if err == nil {
		err = makeHidden(b.shelf, b.store, typesFolder)
	}
	if err != nil {
		if value.Synced == nil {
			err = errors.Join(err, b.temporary.Remove(value.Staged))
		}
		return nil, err
	}
	return &durable.Change{In: typesFolder, Name: noteName(key), Text: text}, nil
}

// old is what goes of a value that is replaced.
func (b *recordBatch) old(before, entry recordEntry) (plan []*durable.Change) {
	style := b.styleNow()
	if (before.file != entry.file || before.hidden != entry.hidden) && !b.shared(before) {
		plan = append(plan, &durable.Change{In: before.in(), Name: before.file, Deleted: true})
	}
	if before.described && (style == styleJavaScript || before.metadataName(style) != entry.metadataName(style)) {
		plan = append(plan, &durable.Change{Name: before.metadataName(style), Deleted: true})
	}
	return plan
}

// shared tells whether another key has the same file.
func (b *recordBatch) shared(entry recordEntry) (shared bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.sharing {
		b.entries.Scan(func(other recordEntry) bool {
			shared = other.key != entry.key && other.file == entry.file && other.hidden == entry.hidden
			return !shared
		})
	}
	return shared
}

func (b *recordBatch) hasNote(key string) bool {
	hidden, err := openHidden(b.shelf, b.store)
	if err != nil || hidden == nil {
		return false
	}
	_, err = hidden.Lstat(noteFile(key))
	return err == nil
}

// remove takes away a key's value, if it has one.
func (b *recordBatch) remove(key string) error {
	if err := b.separate(key); err != nil {
		return err
	}
	entry, known, err := b.known(key)
	if err != nil || !known {
		return err
	}
	var plan []*durable.Change
	if !b.shared(entry) {
		plan = append(plan, &durable.Change{In: entry.in(), Name: entry.file, Deleted: true})
	}
	if entry.described {
		plan = append(plan, &durable.Change{Name: entry.metadataName(b.styleNow()), Deleted: true})
	}
	if b.hasNote(key) {
		plan = append(plan, &durable.Change{In: typesFolder, Name: noteName(key), Deleted: true})
	}
	return b.note(key, &keyChange{}, plan)
}

// known finds a key. Where the index may be old and has none, the folder is read
// again.
func (b *recordBatch) known(key string) (recordEntry, bool, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	entry, ok := b.get(key)
	if !ok && b.unsure {
		if err := b.refresh(b.shelf, b.store, true); err != nil {
			return entry, false, err
		}
		entry, ok = b.get(key)
	}
	return entry, ok, nil
}

// makeRoom sees to it that a new value replaces no other record's. With its
// metadata on, Crawlee 3 lets the keys image and image.png share a file: the
// other key gets one of its own. And a file system that ignores case must not
// take key A for key a.
func (b *recordBatch) makeRoom(entry recordEntry) error {
	others, there, err := b.others(entry)
	if err != nil || len(others) == 0 {
		return err
	}
	if err := b.commit(); err != nil {
		return err
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, other := range others {
		if other.file != entry.file {
			if info, err := statValue(b.shelf, b.store, other); err == nil && os.SameFile(info, there) {
				return wire.NewError(http.StatusConflict, "invalid-record-key",
					fmt.Sprintf("The file system of this storage directory cannot keep the keys %q and %q apart", wire.Clipped(entry.key), wire.Clipped(other.key)))
			}
			continue
		}
		if err := b.moveApart(b.shelf, b.store, other, there); err != nil {
			return err
		}
	}
	return nil
}

// others are the records that have the file where an entry's value goes.
func (b *recordBatch) others(entry recordEntry) (others []recordEntry, there fs.FileInfo, err error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	before, _ := b.get(entry.key)
	if entry.hidden || before.file == entry.file && !before.hidden && !b.sharing {
		return nil, nil, nil
	}
	if b.places[placeKey(&durable.Change{Name: entry.file})] {
		// Another key of this group has it, to a file system that ignores case.
		b.mutex.Unlock()
		err := b.commit()
		b.mutex.Lock()
		if err != nil {
			return nil, nil, err
		}
	}
	there, err = statValue(b.shelf, b.store, entry)
	if err != nil {
		return nil, nil, durable.IgnoreMissing(err)
	}
	if there.IsDir() { // it would make the whole group fail
		return nil, nil, fmt.Errorf("store a record in key-value store %s: %s is a folder", b.store.Folder, entry.file)
	}
	b.entries.Scan(func(other recordEntry) bool {
		if other.key != entry.key && !other.hidden && strings.EqualFold(other.file, entry.file) {
			others = append(others, other)
		}
		return true
	})
	return others, there, nil
}

// moveApart gives a record that shares its file with another one its own.
func (x *recordIndex) moveApart(s *directory.Collection, store *directory.Storage, other recordEntry, value fs.FileInfo) error {
	contentType := contentTypeOf(s, store, x.style, other, value)
	apart := recordEntry{key: other.key, file: recordFile(styleJavaScript, other.key, contentType)}
	if apart.file == "" {
		return nil
	}
	if err := durable.Put(s.Root, valuePath(store, other), valuePath(store, apart)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := noteType(s, store, other.key, contentType, value); err != nil {
		return err
	}
	if err := durable.IgnoreMissing(s.Root.Remove(store.Path() + "/" + other.metadataName(x.style))); err != nil {
		return err
	}
	s.SyncLater(store.Path())
	x.entries.Set(apart)
	return nil
}
