package records

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// entryFor is where a new value of a key goes.
func entryFor(style recordStyle, key, contentType string) entry {
	file := recordFile(style, key, contentType)
	if file == "" {
		return entry{key: key, file: directory.HashedName(key), hidden: true}
	}
	return entry{key: key, file: file, described: style == stylePython}
}

// entryFor is where a new value of a key goes that has these files. Where an SDK
// looks into the metadata beside it, a value stays in its file; and an input in
// the file that a user has made, since the Apify SDK for Python stops at two.
func (b *batch) entryFor(key, contentType string, old []entry) (e entry, kept bool) {
	if b.style == stylePython && len(old) > 0 && !old[0].hidden && (old[0].described || key == inputKey) {
		return entry{key: key, file: old[0].file, described: true, named: old[0].named}, true
	}
	return entryFor(b.style, key, contentType), false
}

// put makes a value that of a key, and takes away what the key had before. Until
// the value gets its name, the key has what it had.
func (b *batch) put(key, contentType string, value *newValue) error {
	// Without a state, the creation time would be guessed from files.
	if !b.Dated {
		if err := b.in.WriteState(b.Folder, b.Remembered()); err != nil {
			return err
		}
		b.Dated = true
	}
	if err := b.begin(key); err != nil {
		return err
	}
	old, err := b.had(key)
	if err != nil {
		return err
	}
	e, kept := b.entryFor(key, contentType, old)
	if err := b.begin(key, e); err != nil {
		return err
	}
	if !kept {
		if err := b.makeRoom(e); err != nil {
			return err
		}
	}
	what, err := b.planPut(e, contentType, value)
	if err != nil {
		return err
	}
	for _, before := range old {
		b.planGoing(&what, before, e)
		if before.key != key {
			b.entries[before.key] = nil
		}
	}
	if !e.noted(contentType) && b.hasNote(key) {
		what.removals = append(what.removals, removal(typesFolder, noteName(key)))
	}
	b.note(key, &e, what, append(old, e)...)
	return nil
}

// planPut is what has to be done for a new value.
func (b *batch) planPut(e entry, contentType string, value *newValue) (what plan, err error) {
	if e.hidden {
		if err := b.make(valuesFolder); err != nil {
			return what, err
		}
	}
	if e.noted(contentType) {
		noted, err := b.newNote(e.key, contentType, value)
		if err != nil {
			return what, err
		}
		what.notes = append(what.notes, noted)
	}
	what.files = append(what.files, &durable.Change{In: e.place(), Name: e.file, Text: value.text, Staged: value.staged})
	if e.described {
		what.files = append(what.files, &durable.Change{Name: e.metadataName(stylePython), Text: b.metadataText(e, contentType, value.size)})
	}
	return what, nil
}

// had are the files that a key has now, as far as is known. They are committed:
// see begin.
func (b *batch) had(key string) ([]entry, error) {
	x := b.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if now, ok := x.get(key); ok {
		return append([]entry{now}, x.older[key]...), nil
	}
	if key == inputKey {
		now, ok, err := x.input()
		if ok || err != nil {
			return []entry{now}, err
		}
	}
	return nil, nil
}

// planGoing adds what goes of a key's value when it has another one, or none if
// that is the zero entry.
func (b *batch) planGoing(what *plan, before, now entry) {
	if (before.file != now.file || before.hidden != now.hidden) && !b.shared(before) {
		what.removals = append(what.removals, removal(before.place(), before.file))
	}
	if before.described && (!now.described || before.metadataName(b.style) != now.metadataName(b.style)) {
		what.removals = append(what.removals, removal(ownFolder, before.metadataName(b.style)))
	}
}

func removal(in durable.Place, name string) *durable.Change {
	return &durable.Change{In: in, Name: name, Deleted: true}
}

// shared tells whether another key has the same file.
func (b *batch) shared(e entry) (shared bool) {
	x := b.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if x.sharing {
		x.entries.Scan(func(other entry) bool {
			shared = other.key != e.key && other.file == e.file && other.hidden == e.hidden
			return !shared
		})
	}
	return shared
}

// delete takes away a key's value, if it has one.
func (b *batch) delete(key string) error {
	if err := b.begin(key); err != nil {
		return err
	}
	if err := b.lookAgain(key); err != nil {
		return err
	}
	old, err := b.had(key)
	if err != nil {
		return err
	}
	if len(old) == 0 { // it may be there all the same, with a note that cannot be read
		hidden := entry{key: key, file: directory.HashedName(key), hidden: true}
		if _, err := b.stat(hidden); err != nil {
			return atomicfile.IgnoreMissing(ignoreIrregular(err))
		}
		old = append(old, hidden)
	}
	if err := b.begin(key, old...); err != nil {
		return err
	}
	var what plan
	for _, before := range old {
		b.planGoing(&what, before, entry{})
		if before.key != key {
			b.entries[before.key] = nil
		}
	}
	if b.hasNote(key) {
		what.removals = append(what.removals, removal(typesFolder, noteName(key)))
	}
	b.note(key, nil, what, old...)
	return nil
}

// lookAgain has the folder read again if the key is not known and it may have come
// meanwhile.
func (b *batch) lookAgain(key string) error {
	b.index.mutex.Lock()
	defer b.index.mutex.Unlock()
	_, _, err := b.find(key)
	return err
}

// makeRoom sees to it that a new value replaces no other record's, and nothing
// that is no record. With its metadata on, Crawlee 3 lets the keys image and
// image.png share a file: the other key gets one of its own. And a file system
// that ignores case must not take key A for key a.
func (b *batch) makeRoom(e entry) error {
	others, there, err := b.othersAt(e)
	if err != nil || there == nil {
		return err
	}
	if !there.Mode().IsRegular() {
		return wire.NewError(http.StatusConflict, "invalid-record-key",
			fmt.Sprintf("The key %q cannot be stored: %v", wire.Clipped(e.key), &atomicfile.IrregularError{Name: b.path(e.place()) + "/" + e.file, Mode: there.Mode()}))
	}
	for _, other := range others {
		if other.file == e.file {
			if err := b.moveApart(other); err != nil {
				return err
			}
			continue
		}
		if info, err := b.stat(other); err == nil && os.SameFile(info, there) {
			return wire.NewError(http.StatusConflict, "invalid-record-key",
				fmt.Sprintf("The file system of this storage directory cannot keep the keys %q and %q apart", wire.Clipped(e.key), wire.Clipped(other.key)))
		}
	}
	return nil
}

// othersAt is what is where an entry's value is to go, and the other records that
// have that file, or one that differs by case only. nil: it is free, or the key's
// own.
func (b *batch) othersAt(e entry) (others []entry, there fs.FileInfo, err error) {
	there, err = b.stat(e)
	if err != nil {
		return nil, nil, atomicfile.IgnoreMissing(err)
	}
	x := b.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if own, ok := x.get(e.key); there.Mode().IsRegular() && (e.hidden || ok && own.file == e.file && !x.sharing) {
		return nil, nil, nil
	}
	x.entries.Scan(func(other entry) bool {
		if other.key != e.key && !other.hidden && strings.EqualFold(other.file, e.file) {
			others = append(others, other)
		}
		return true
	})
	return others, there, nil
}

// moveApart gives a record that shares its file with another one its own.
func (b *batch) moveApart(other entry) (err error) {
	file, info, err := b.open(other)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	contentType, err := b.contentType(b.style, other, file, info)
	if err != nil {
		return err
	}
	apart := entryFor(styleJavaScript, other.key, contentType)
	if err := b.makeRoom(apart); err != nil {
		return err
	}
	value, err := stage(b.in.Root, struct{ io.Reader }{file})
	if err != nil {
		return err
	}
	what, err := b.planPut(apart, contentType, &value)
	if err == nil {
		b.planGoing(&what, other, apart)
		b.note(other.key, &apart, what, other, apart)
		err = b.commit()
	}
	left := b.in.Root.Remove(durable.TemporaryFolder + "/" + value.staged) // missing once it has its name
	return errors.Join(err, atomicfile.IgnoreMissing(left))
}
