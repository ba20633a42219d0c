package local

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"time"
	"unicode/utf8"
)

// To sync each of many small files would make every change wait for dozens of
// commits of the file system. Instead a group of changes is first appended to a
// journal beside the storages, which is synced once; then the files are put in
// place, and get to the disk when the system likes. A killed process loses
// nothing of that. After the machine itself has died, whoever opens the storage
// makes the journal's changes again. A journal that has grown large is begun
// anew, when all that it tells is on the disk.

// journal is a storage's. Its lock must be held for whatever changes it.
type journal struct {
	root   *os.Root
	name   string // below root
	folder folderIdentity
}

// folderIdentity tells a storage's folder from a later one of the same name.
type folderIdentity struct {
	ID     string `json:"id"`
	Number uint64 `json:"number"`
}

func identityOf(found *storage, info fs.FileInfo) folderIdentity {
	return folderIdentity{found.id, fileNumber(info)}
}

// journalSuffix stands behind the name of a storage's state.
const journalSuffix = ".journal"

func journalFile(k kind, folder string) string {
	state := privateFolder + "/" + stateFile(k, folder)
	return state[:len(state)-len(itemSuffix)] + journalSuffix
}

// journalHead is the first line of a journal, as JSON.
type journalHead struct {
	Boot   string         `json:"boot"` // "" where it is not known
	Folder folderIdentity `json:"folder"`
}

// journalLine is one of the others: a checksum of eight hexadecimal digits, a
// space and this as JSON. A file gets a content, or is gone, or has been replaced
// by one that was on the disk before.
type journalLine struct {
	Time     int64         `json:"time"` // microseconds
	In       storageFolder `json:"in,omitempty"`
	Name     string        `json:"name"`
	Text     string        `json:"text,omitempty"`
	Data     []byte        `json:"data,omitempty"` // instead of text that is not UTF-8
	Deleted  bool          `json:"deleted,omitempty"`
	Placed   bool          `json:"placed,omitempty"`   // the file of that size and time is the one
	Size     int64         `json:"size,omitempty"`     // of what was placed
	Modified int64         `json:"modified,omitempty"` // nanoseconds; 0: does not matter

	before *journalLine // told earlier of the same file; for what was placed
}

// storageFolder is which of a storage's folders a file is in: "" is the
// storage's own.
type storageFolder string

// journalPlace is what lines are about.
type journalPlace struct {
	in   storageFolder
	name string
}

func (l *journalLine) content() []byte {
	if l.Data != nil {
		return l.Data
	}
	return []byte(l.Text)
}

const maxJournal = 32 << 20

// fileChange is a file of a storage that is to get another content, or to go.
type fileChange struct {
	in       storageFolder
	name     string
	text     []byte
	deleted  bool
	staged   string      // the temporary file, once there is one
	synced   fs.FileInfo // of the temporary file where it is on the disk: no text is needed
	modified int64       // nanoseconds; 0: does not matter
}

// size is how much the journal holds; false where there is none.
func (j journal) size() (int64, bool, error) {
	info, err := j.root.Lstat(j.name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return info.Size(), true, nil
}

// begin makes an empty journal, instead of any that is there.
func (j journal) begin() error {
	head, err := json.Marshal(journalHead{bootID(), j.folder})
	if err != nil {
		return err
	}
	return replaceFile(j.root, j.name, append(head, '\n'))
}

// tell appends changes. They are on the disk when it returns.
func (j journal) tell(changes []*fileChange) error {
	// A process that was killed, or a full disk, may have left half a line.
	text := []byte{'\n'}
	now := time.Now().UnixMicro()
	for _, change := range changes {
		text = appendLine(text, now, change)
	}
	return writeSynced(j.root, j.name, os.O_APPEND, text)
}

func appendLine(text []byte, now int64, c *fileChange) []byte {
	start := len(text)
	text = append(text, "00000000 {\"time\":"...)
	text = strconv.AppendInt(text, now, 10)
	if c.in != "" {
		text = appendQuoted(append(text, `,"in":`...), string(c.in))
	}
	text = appendQuoted(append(text, `,"name":`...), c.name)
	switch {
	case c.deleted:
		text = append(text, `,"deleted":true`...)
	case c.synced != nil:
		text = append(text, `,"placed":true,"size":`...)
		text = strconv.AppendInt(text, c.synced.Size(), 10)
	case utf8.Valid(c.text):
		text = appendQuoted(append(text, `,"text":`...), c.text)
	default:
		text = append(text, `,"data":"`...)
		text = append(base64.StdEncoding.AppendEncode(text, c.text), '"')
	}
	if c.modified != 0 {
		text = append(text, `,"modified":`...)
		text = strconv.AppendInt(text, c.modified, 10)
	}
	text = append(text, '}')
	copy(text[start:], lineSum(text[start+sumLength:]))
	return append(text, '\n')
}

// sumLength is how long a checksum is, with the space behind it.
const sumLength = 9

func lineSum(line []byte) string {
	return fmt.Sprintf("%08x ", crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli)))
}

func parseLine(text []byte) (line journalLine, ok bool) {
	text = bytes.TrimSuffix(text, []byte{'\n'})
	if len(text) < sumLength || string(text[:sumLength]) != lineSum(text[sumLength:]) {
		return line, false
	}
	return line, json.Unmarshal(text[sumLength:], &line) == nil
}

// fewToSettle is a journal, in bytes, whose files are synced one by one: asking
// the file system for all that it holds means other programs' data as well.
const fewToSettle = 256 << 10

// settle has all that the journal tells brought to the disk. The storage's own
// folder is one to ask the file system by.
func (j journal) settle(inside *os.Root, pathOf func(journalPlace) string) error {
	size, there, err := j.size()
	if !there || err != nil {
		return err
	}
	sync := func(named func() ([]string, error)) error { return syncNamed(inside, j.root, named) }
	if size <= fewToSettle {
		sync = func(named func() ([]string, error)) error { return syncEachNamed(j.root, named) }
	}
	return sync(func() ([]string, error) {
		_, lines, err := j.read()
		if err != nil {
			return nil, ignoreMissing(err)
		}
		var paths []string
		for place := range lines {
			paths = append(paths, pathOf(place))
		}
		return paths, nil
	})
}

// read returns the last that the journal tells of each file. What cannot be read
// was never finished.
func (j journal) read() (head journalHead, lines map[journalPlace]*journalLine, err error) {
	file, err := j.root.Open(j.name)
	if err != nil {
		return head, nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	reader := bufio.NewReaderSize(file, 1<<16)
	first, err := reader.ReadBytes('\n')
	if err != nil || json.Unmarshal(first, &head) != nil {
		return head, nil, ignoreEnd(err)
	}
	lines = map[journalPlace]*journalLine{}
	for {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return head, lines, nil
		}
		if err != nil {
			return head, nil, err
		}
		line, ok := parseLine(text)
		if !ok {
			continue
		}
		place := journalPlace{line.In, line.Name}
		if line.Placed {
			if line.before = lines[place]; line.before != nil && line.before.Placed {
				line.before = line.before.before
			}
		}
		lines[place] = &line
	}
}

// isOver tells whether a journal is there whose changes may not have got to the
// disk, or that belongs to another folder. While the machine runs that cannot
// become so.
func (j journal) isOver() (bool, error) {
	head, err := j.head()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	boot := bootID()
	return boot == "" || head.Boot != boot || head.Folder != j.folder, nil
}

// isOverOnce is isOver, asked for no more once it was false: settled is the
// folder of which that is known.
func (j journal) isOverOnce(settled *folderIdentity) (bool, error) {
	if *settled == j.folder {
		return false, nil
	}
	over, err := j.isOver()
	if err == nil && !over {
		*settled = j.folder
	}
	return over, err
}

// recover makes the changes of a journal again where that has to be done, and
// reports whether it was: see isOverOnce and redo.
func (j journal) recover(settled *folderIdentity, inside *os.Root, pathOf func(journalPlace) string, change func(*journalLine) error) (made bool, err error) {
	over, err := j.isOverOnce(settled)
	if !over || err != nil {
		return false, err
	}
	if err := j.redo(inside, pathOf, change); err != nil {
		return false, err
	}
	*settled = j.folder
	return true, nil
}

func (j journal) head() (head journalHead, err error) {
	file, err := j.root.Open(j.name)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	first, err := bufio.NewReader(file).ReadBytes('\n')
	if json.Unmarshal(first, &head) != nil {
		head = journalHead{} // it was never finished
	}
	return head, ignoreEnd(err)
}

// redo makes the changes of a journal again after the machine has died, by one
// call of change for each file, and removes it.
func (j journal) redo(inside *os.Root, pathOf func(journalPlace) string, change func(*journalLine) error) error {
	head, lines, err := j.read()
	if err != nil {
		return ignoreMissing(err)
	}
	if head.Folder == j.folder {
		for _, line := range lines {
			if err := change(line); err != nil {
				return err
			}
		}
		if err := j.settle(inside, pathOf); err != nil {
			return err
		}
	}
	return j.remove()
}

// remove is on the disk when it returns: a journal that came back would take
// back what was changed without one.
func (j journal) remove() error {
	if err := j.root.Remove(j.name); err != nil {
		return ignoreMissing(err)
	}
	return syncFolder(j.root, path.Dir(j.name))
}
